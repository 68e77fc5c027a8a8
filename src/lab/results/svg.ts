/** Colours of pictures in documents, which have a light background. */
export const SVG_COLOURS = {
  ink: '#0f2029',
  accent: '#0a7560',
  grid: '#dbe3e7',
  surface: '#ffffff',
} as const;

/** Makes a picture of the given size in pixels from its elements. */
export function svgDocument(width: number, height: number, elements: readonly string[]): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12" fill="${SVG_COLOURS.ink}">
<rect width="${width}" height="${height}" fill="${SVG_COLOURS.surface}"/>
${elements.join('\n')}
</svg>
`;
}

/** Makes a line of text. @param attributes such as `text-anchor="end"` */
export function svgText(x: number, y: number, text: string, attributes = ''): string {
  return `<text x="${x}" y="${y}"${attributes && ` ${attributes}`}>${svgEscaped(text)}</text>`;
}

/** Escapes text between tags. */
export function svgEscaped(text: string): string {
  return text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
}

/** Rounds a coordinate to a tenth of a pixel. */
export function svgPixel(value: number): number {
  return Math.round(10 * value) / 10;
}
