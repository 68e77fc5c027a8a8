// Helpers of fake quantisation. Groups run along the rows of W [rows, columns], float32 row-major; the last group of a row may
// be shorter. A group has a scale (a float16, stored as float32) and a cut (the bits of the smallest magnitude coded ±1).
import package::common::float16::{floatToHalfBits, halfBitsToFloat};

/// The range of weights [x, y) of a group.
fn groupRange(group: u32, columns: u32, groupSize: u32, groupsPerRow: u32) -> vec2u {
  let row = group / groupsPerRow;
  let first = (group % groupsPerRow) * groupSize;
  return row * columns + vec2u(first, min(first + groupSize, columns));
}

/// The index of the group of a weight.
fn groupOf(weight: u32, columns: u32, groupSize: u32, groupsPerRow: u32) -> u32 {
  return (weight / columns) * groupsPerRow + (weight % columns) / groupSize;
}

/// A scale rounded to float16. It saturates, so that the result of training can always be stored.
fn storedScale(scale: f32) -> f32 {
  return halfBitsToFloat(floatToHalfBits(min(scale, 65504.0)));
}

/// The cut for rounding to nearest. With a scale of zero all weights are coded zero.
fn nearestCut(scale: f32) -> u32 {
  return select(bitcast<u32>(0.5 * scale), 0x7f800000u, scale == 0.0);
}
