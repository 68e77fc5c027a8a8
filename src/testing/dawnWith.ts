/** Returns Dawn with adapters that open devices by `open`, which is given what the adapter itself would do. */
export function dawnWith(
  dawn: GPU,
  open: (requestDevice: GPUAdapter['requestDevice'], descriptor?: GPUDeviceDescriptor) => Promise<GPUDevice>,
): GPU {
  const requestAdapter = async (wanted?: GPURequestAdapterOptions): Promise<GPUAdapter | null> => {
    const adapter = await dawn.requestAdapter(wanted);
    if (!adapter) return null;
    const requestDevice = adapter.requestDevice.bind(adapter);
    return Object.assign(adapter, {
      requestDevice: (descriptor?: GPUDeviceDescriptor) => open(requestDevice, descriptor),
    });
  };
  return { requestAdapter, wgslLanguageFeatures: dawn.wgslLanguageFeatures } as GPU;
}
