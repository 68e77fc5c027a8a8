// The clip search of awq computes the output error eᵀ G e of each group of each row over the group's own columns, in blocks of 8
// columns: sums[block, row] += Σ over i in the block, j in the group of e_i · G_ji · e_j. There is one thread per block and four
// rows, and all threads of a workgroup share the block, so that they read the same elements of G.
// e [columns, rows] float32 (transposed), rows a multiple of 4. Condition gram: gram holds rows gramFirst … gramFirst + gramRows − 1
// of G [columns, columns], and other dispatches add the other rows. Without it G is the identity.

struct Params {
  rows: u32, columns: u32, group: u32, blocksPerGroup: u32, firstBlock: u32, gramFirst: u32, gramRows: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> e: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> sums: array<vec4f>;
@if(gram) @group(0) @binding(3) var<storage, read> gram: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let stride = params.rows / 4u;
  let row = group.x * 64u + local;
  if (row >= stride) { return; }
  let block = params.firstBlock + group.y;
  let start = (block / params.blocksPerGroup) * params.group;
  let end = min(start + params.group, params.columns);
  let i = start + (block % params.blocksPerGroup) * 8u;
  if (i >= end) { return; }
  let e0 = errorsAt(i, end, row);
  let e1 = errorsAt(i + 1u, end, row);
  let e2 = errorsAt(i + 2u, end, row);
  let e3 = errorsAt(i + 3u, end, row);
  let e4 = errorsAt(i + 4u, end, row);
  let e5 = errorsAt(i + 5u, end, row);
  let e6 = errorsAt(i + 6u, end, row);
  let e7 = errorsAt(i + 7u, end, row);
  @if(gram) {
    // Columns beyond the matrix repeat its last one, and their errors are 0.
    let last = params.columns - 1u;
    let i1 = min(i + 1u, last);
    let i2 = min(i + 2u, last);
    let i3 = min(i + 3u, last);
    let i4 = min(i + 4u, last);
    let i5 = min(i + 5u, last);
    let i6 = min(i + 6u, last);
    let i7 = min(i + 7u, last);
    var p0 = vec4f();
    var p1 = vec4f();
    var p2 = vec4f();
    var p3 = vec4f();
    var p4 = vec4f();
    var p5 = vec4f();
    var p6 = vec4f();
    var p7 = vec4f();
    let stop = min(end, params.gramFirst + params.gramRows);
    for (var j = max(start, params.gramFirst); j < stop; j++) {
      let ej = e[j * stride + row];
      let line = (j - params.gramFirst) * params.columns;
      p0 += gram[line + i] * ej;
      p1 += gram[line + i1] * ej;
      p2 += gram[line + i2] * ej;
      p3 += gram[line + i3] * ej;
      p4 += gram[line + i4] * ej;
      p5 += gram[line + i5] * ej;
      p6 += gram[line + i6] * ej;
      p7 += gram[line + i7] * ej;
    }
    sums[block * stride + row] += p0 * e0 + p1 * e1 + p2 * e2 + p3 * e3 + p4 * e4 + p5 * e5 + p6 * e6 + p7 * e7;
  }
  @else {
    sums[block * stride + row] += e0 * e0 + e1 * e1 + e2 * e2 + e3 * e3 + e4 * e4 + e5 * e5 + e6 * e6 + e7 * e7;
  }
}

/// Reads the errors of column i in four rows, which are 0 beyond the group.
fn errorsAt(i: u32, end: u32, row: u32) -> vec4f {
  return select(vec4f(), e[min(i, end - 1u) * (params.rows / 4u) + row], i < end);
}
