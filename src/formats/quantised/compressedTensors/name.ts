/** The name of the format in messages. */
export const NAME = 'compressed-tensors';
