/** An image that cannot be decoded. `reason` is short and the same on every machine and at any concurrency. */
export class UndecodableImageError extends Error {
  override readonly name = 'UndecodableImageError';
  constructor(
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(`image cannot be decoded: ${reason}`, options);
  }
}

/**
 * Turns what the image library threw into a short reason. libvips keeps one error text for all threads, so that
 * the text of one image can turn up at another: only sharp's own messages are told apart.
 */
export function undecodable(error: unknown, maxPixels: number): UndecodableImageError {
  const message = error instanceof Error ? error.message : '';
  const options = { cause: error };
  if (message.includes('unsupported image format'))
    return new UndecodableImageError('not an image of a known format', options);
  if (message.includes('exceeds pixel limit'))
    return new UndecodableImageError(`more than ${maxPixels} pixels`, options);
  return new UndecodableImageError('damaged or truncated image', options);
}
