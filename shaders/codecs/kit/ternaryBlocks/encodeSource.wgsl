// The encoders of row formats read weights [rows, columns] and, for every group of `groupSize` columns, the bits of the smallest
// magnitude that is not coded as zero.
import package::codecs::kit::ternaryBlocks::trit::tritOf;

struct Params { bytes: u32, columns: u32, rowBytes: u32, groupSize: u32, groupsPerRow: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> weights: array<u32>;
@group(0) @binding(2) var<storage, read> cutoffs: array<u32>;

/// Computes code + 1 of a weight. Columns beyond the row count as zeros.
fn tritAt(row: u32, column: u32) -> u32 {
  if (column >= params.columns) { return 1u; }
  return tritOf(weights[row * params.columns + column], cutoffs[row * params.groupsPerRow + column / params.groupSize]);
}
