// Indices in one-dimensional grids. The host folds a grid of more than 65,535 workgroups to x × y (src/gpu/recorder.ts).

/// Index of the workgroup in the unfolded grid. Kernels compare it with their count, since the grid may be larger.
fn linearWorkgroup(group: vec3u, groups: vec3u) -> u32 {
  return group.y * groups.x + group.x;
}

/// Index of the invocation in the unfolded grid for a workgroup of `size` threads along x.
fn linearInvocation(group: vec3u, groups: vec3u, local: u32, size: u32) -> u32 {
  return linearWorkgroup(group, groups) * size + local;
}
