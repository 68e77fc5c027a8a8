// awq clip search: the output error of each group of each row, eᵀ G e over the group's own columns, in pieces of 16 columns:
// sums[block, row] += Σ over i in the block, j in the group of e_i · G_ji · e_j. One thread per row and block; all threads of
// a workgroup share the block, so that they read the same elements of G.
// e [columns, rows] float32 (transposed). Condition gram: gram holds rows gramFirst … gramFirst + gramRows of G [columns,
// columns], and what the other rows add comes from other dispatches. Without it G is the identity.

struct Params {
  rows: u32, columns: u32, group: u32, blocksPerGroup: u32, firstBlock: u32, gramFirst: u32, gramRows: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> e: array<f32>;
@group(0) @binding(2) var<storage, read_write> sums: array<f32>;
@if(gram) @group(0) @binding(3) var<storage, read> gram: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let row = group.x * 64u + local;
  if (row >= params.rows) { return; }
  let block = params.firstBlock + group.y;
  let start = (block / params.blocksPerGroup) * params.group;
  let end = min(start + params.group, params.columns);
  let first = start + (block % params.blocksPerGroup) * 16u;
  if (first >= end) { return; }
  @if(gram) {
    var a = vec4f(0.0);
    var b = vec4f(0.0);
    var c = vec4f(0.0);
    var d = vec4f(0.0);
    let last = min(end, params.gramFirst + params.gramRows);
    for (var j = max(start, params.gramFirst); j < last; j++) {
      let ej = e[j * params.rows + row];
      let line = (j - params.gramFirst) * params.columns;
      a += ej * gram4(line, first);
      b += ej * gram4(line, first + 4u);
      c += ej * gram4(line, first + 8u);
      d += ej * gram4(line, first + 12u);
    }
    let near = dot(a, errors4(first, end, row)) + dot(b, errors4(first + 4u, end, row));
    let far = dot(c, errors4(first + 8u, end, row)) + dot(d, errors4(first + 12u, end, row));
    sums[block * params.rows + row] += near + far;
  }
  @else {
    let near = squares(errors4(first, end, row)) + squares(errors4(first + 4u, end, row));
    let far = squares(errors4(first + 8u, end, row)) + squares(errors4(first + 12u, end, row));
    sums[block * params.rows + row] += near + far;
  }
}

/// Errors of columns i … i + 3 of a row; 0 beyond the group.
fn errors4(i: u32, end: u32, row: u32) -> vec4f {
  return vec4f(errorAt(i, end, row), errorAt(i + 1u, end, row), errorAt(i + 2u, end, row), errorAt(i + 3u, end, row));
}

fn errorAt(i: u32, end: u32, row: u32) -> f32 {
  return select(0.0, e[min(i, end - 1u) * params.rows + row], i < end);
}

fn squares(v: vec4f) -> f32 {
  return dot(v, v);
}

/// Four elements of a line of G; those beyond the matrix repeat its last column and meet errors of 0.
@if(gram)
fn gram4(line: u32, i: u32) -> vec4f {
  let last = params.columns - 1u;
  return vec4f(gram[line + min(i, last)], gram[line + min(i + 1u, last)], gram[line + min(i + 2u, last)], gram[line + min(i + 3u, last)]);
}
