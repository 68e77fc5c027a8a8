// Conjugate gradients with the diagonal as preconditioner for the codebooks that minimise the objective under given codes
// (a least-squares problem in all entries at once). With `start`, sums holds the residual of the normal equations; else it
// holds the normal matrix times `direction`. One workgroup; vectors [count] of floats, sums as gather.wgsl orders them.
// Hestenes and Stiefel 1952, https://doi.org/10.6028/jres.049.044
import package::codecs::aqlm::vector::SIZE;

struct Params { count: u32, start: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> sums: array<f32>;
@group(0) @binding(2) var<storage, read_write> books: array<f32>;
@group(0) @binding(3) var<storage, read_write> direction: array<f32>;
@group(0) @binding(4) var<storage, read_write> residual: array<f32>;
/// [0]: residualᵀ · preconditioned residual
@group(0) @binding(5) var<storage, read_write> state: array<f32>;

var<workgroup> shares: array<f32, 256>;

@compute @workgroup_size(256)
fn main(@builtin(local_invocation_index) local: u32) {
  if (params.start != 0u) { start(local); } else { step(local); }
}

fn start(local: u32) {
  for (var i = local; i < params.count; i += 256u) { residual[i] = sums[placeOf(i)]; }
  let total = totalOf(local, residualShare(local));
  for (var i = local; i < params.count; i += 256u) { direction[i] = preconditioned(i); }
  if (local == 0u) { state[0] = total; }
}

fn step(local: u32) {
  let along = totalOf(local, directionShare(local));
  let before = state[0];
  let usable = along > 0.0 && before > 0.0;
  let alpha = select(0.0, before / along, usable);
  for (var i = local; i < params.count; i += 256u) {
    books[i] += alpha * direction[i];
    residual[i] -= alpha * sums[placeOf(i)];
  }
  let after = totalOf(local, residualShare(local));
  let beta = select(0.0, after / before, usable);
  for (var i = local; i < params.count; i += 256u) { direction[i] = preconditioned(i) + beta * direction[i]; }
  if (local == 0u) { state[0] = after; }
}

fn placeOf(i: u32) -> u32 { return 2u * SIZE * (i / SIZE) + i % SIZE; }

fn preconditioned(i: u32) -> f32 {
  let diagonal = sums[placeOf(i) + SIZE];
  return select(0.0, residual[i] / diagonal, diagonal > 0.0);
}

fn directionShare(local: u32) -> f32 {
  var sum = 0.0;
  for (var i = local; i < params.count; i += 256u) { sum += direction[i] * sums[placeOf(i)]; }
  return sum;
}

fn residualShare(local: u32) -> f32 {
  var sum = 0.0;
  for (var i = local; i < params.count; i += 256u) { sum += residual[i] * preconditioned(i); }
  return sum;
}

/// Sums over the workgroup, with the same result in every thread.
fn totalOf(local: u32, share: f32) -> f32 {
  shares[local] = share;
  workgroupBarrier();
  for (var half = 128u; half > 0u; half /= 2u) {
    if (local < half) { shares[local] += shares[local + half]; }
    workgroupBarrier();
  }
  let total = shares[0];
  workgroupBarrier();
  return total;
}
