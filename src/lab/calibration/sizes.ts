/** Windows and images of a draw that a search scores its trials on. */
export const SCORED_WINDOWS = 16;
export const SCORED_IMAGES = 128;
/** The most windows and images that whole files are scored on, which the draw does not use. */
export const FILE_WINDOWS = 64;
export const FILE_IMAGES = 512;
