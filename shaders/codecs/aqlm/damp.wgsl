// Computes rows of G + damping · I, padded with zero columns to `width` vec4 per row, and the blocks on its diagonal, which are the
// metric within one group. Copies rows [sourceRow, sourceRow + rows) of one part of G to rows from targetRow.
// blocks [groups, size, size]: element (r, i) = damped G[r, (r ÷ size) · size + i] for absolute row r = firstRow + row.
import package::common::grid::linearInvocation;
import package::codecs::aqlm::vector::SIZE;

struct Params { rows: u32, columns: u32, width: u32, sourceRow: u32, targetRow: u32, firstRow: u32, damping: f32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gram: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> blocks: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linearInvocation(group, groups, local, 64u);
  if (i >= params.rows * params.width) { return; }
  let row = i / params.width;
  let quad = i % params.width;
  let absolute = params.firstRow + row;
  let source = (params.sourceRow + row) * params.columns;
  let values = vec4f(
    valueAt(source, absolute, 4u * quad), valueAt(source, absolute, 4u * quad + 1u),
    valueAt(source, absolute, 4u * quad + 2u), valueAt(source, absolute, 4u * quad + 3u));
  out[(params.targetRow + row) * params.width + quad] = values;
  let quads = SIZE / 4u;
  if (quad / quads == absolute / SIZE) { blocks[absolute * quads + quad % quads] = values; }
}

fn valueAt(source: u32, row: u32, column: u32) -> f32 {
  if (column >= params.columns) { return 0.0; }
  return gram[source + column] + select(0.0, params.damping, row == column);
}
