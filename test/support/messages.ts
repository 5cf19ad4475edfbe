/** A message of text frames. */
export function message(...frames: string[]): Buffer[] {
  return frames.map((frame) => Buffer.from(frame, "latin1"))
}

/** The frames of `received` as text, with one character per byte (Latin-1). */
export function text(received: readonly Uint8Array[] | undefined): string[] | undefined {
  return received?.map((frame) => Buffer.from(frame).toString("latin1"))
}

/** The code of the error that `attempt` throws, or the error itself if it has none; `undefined` if nothing is thrown. */
export function codeOf(attempt: () => unknown): unknown {
  try {
    attempt()
  } catch (error) {
    return error instanceof Error && "code" in error ? error.code : error
  }
  return undefined
}
