/** The blank line before a story, where the text may be cut. */
const STORY = /\n\n(?=Once|One day|There )/g;

/** Returns the first third of a text, cut between two stories. Searches measure on it. */
export function developmentPart(text: string): string {
  return text.slice(0, boundary(text));
}

/** Returns the text after `developmentPart`, which is measured once, when the search is over. */
export function finalPart(text: string): string {
  return text.slice(boundary(text)).replace(/^\n+/, '');
}

function boundary(text: string): number {
  STORY.lastIndex = Math.floor(text.length / 3);
  return STORY.exec(text)?.index ?? STORY.lastIndex;
}
