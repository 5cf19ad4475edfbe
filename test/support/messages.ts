/** A message of text frames. */
export function message(...frames: string[]): Buffer[] {
  return frames.map((frame) => Buffer.from(frame, "latin1"))
}

/** The frames of `received` as text, one character per byte. */
export function text(received: readonly Uint8Array[] | undefined): string[] | undefined {
  return received?.map((frame) => Buffer.from(frame).toString("latin1"))
}

/** What `error` says it is, or `undefined` when nothing was thrown. */
export function codeOf(attempt: () => unknown): unknown {
  try {
    attempt()
  } catch (error) {
    return error instanceof Error && "code" in error ? error.code : error
  }
  return undefined
}
