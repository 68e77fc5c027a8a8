// The decoders of row formats read bytes, of which row 0 begins at byte `firstByte`.
struct Params { count: u32, columns: u32, rowBytes: u32, firstByte: u32, firstElement: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> codes: array<u32>;

fn byteAt(row: u32, at: u32) -> u32 {
  let index = params.firstByte + row * params.rowBytes + at;
  return (codes[index / 4u] >> (8u * (index % 4u))) & 255u;
}

/// Computes the bits of −magnitude, 0 or +magnitude for code + 1 = 0, 1, 2.
fn signedBits(trit: u32, magnitude: u32) -> u32 {
  let sign = select(0u, 0x80000000u, trit == 0u);
  return select(magnitude, 0u, trit == 1u) ^ sign;
}
