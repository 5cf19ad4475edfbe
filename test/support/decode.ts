import { FrameDecoder } from "../../src/zmtp/frames/frame-decoder.js"

/** Flags and bodies of all complete frames in `chunks`. */
export function decode(chunks: readonly Uint8Array[]): [flags: number, body: string][] {
  const decoder = new FrameDecoder()
  const frames: [number, string][] = []
  for (const chunk of chunks) {
    decoder.push(chunk)
    while (decoder.next()) frames.push([decoder.flags, Buffer.from(decoder.body).toString("latin1")])
  }
  return frames
}
