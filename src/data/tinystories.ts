/** Where the first third of the stories ends: at the blank line before the story that begins there. */
const STORY = /\n\n(?=Once|One day|There )/g;

/** The first third of a text of stories, cut between two of them: what searches may measure on. */
export function developmentPart(text: string): string {
  return text.slice(0, boundary(text));
}

/** The rest: read once, when the search is over. */
export function finalPart(text: string): string {
  return text.slice(boundary(text)).replace(/^\n+/, '');
}

function boundary(text: string): number {
  STORY.lastIndex = Math.floor(text.length / 3);
  return STORY.exec(text)?.index ?? STORY.lastIndex;
}
