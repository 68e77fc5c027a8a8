// One-dimensional grids over 65,535 workgroups are folded to x × y by the host (src/gpu/recorder.ts).

/// Index of the workgroup in the unfolded grid. Kernels compare it with their own count and return early beyond it.
fn linearWorkgroup(group: vec3u, groups: vec3u) -> u32 {
  return group.y * groups.x + group.x;
}

/// Index of the invocation in the unfolded grid for a workgroup of `size` threads along x.
fn linearInvocation(group: vec3u, groups: vec3u, local: u32, size: u32) -> u32 {
  return linearWorkgroup(group, groups) * size + local;
}
