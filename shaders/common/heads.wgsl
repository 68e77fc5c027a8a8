// Rows that lie side by side within the rows of a wider buffer, such as the heads of a token.

/// Where row `row` starts if each row of `stride` numbers has `heads` of them, `width` wide, from `column` on.
fn headStart(row: u32, heads: u32, width: u32, stride: u32, column: u32) -> u32 {
  return (row / heads) * stride + column + (row % heads) * width;
}
