/**
 * Measures only the codec, in this process and without I/O: encoding frames to the outbox, and decoding chunks.
 */
import { readOptions } from "../scripts/options.mjs"
import { FrameDecoder } from "../src/zmtp/frames/frame-decoder.js"
import { Outbox } from "../src/zmtp/frames/outbox.js"
import { format } from "./results.js"
import { median } from "./statistics.js"

const { seconds } = readOptions("npx tsx bench/codec.ts [options]", {
  seconds: { type: "number", default: 1, above: 0, description: "duration of each measurement" },
})

const ROUNDS = 9
const DURATION = (seconds * 1000) / ROUNDS
const CHUNK = 64 * 1024
const SIZES = [0, 16, 32, 33, 128, 255, 256, 1024, 8192, 8193, 65_536]

console.log(`${"bytes".padStart(6)}  ${"encode".padStart(10)}  ${"decode".padStart(10)}`)
for (const size of SIZES) {
  const body = Buffer.alloc(size, 0x61)
  const perChunk = Math.max(1, Math.floor(CHUNK / (size + 9)))
  const outbox = new Outbox()
  const encode = (): number => {
    for (let count = 0; count < perChunk; count++) outbox.frame(0, body)
    outbox.drain()
    return perChunk
  }
  for (let count = 0; count < perChunk; count++) outbox.frame(0, body)
  const chunk = Buffer.concat(outbox.drain())
  const decoder = new FrameDecoder()
  const decode = (): number => {
    decoder.push(chunk)
    let found = 0
    while (decoder.next()) found += decoder.body.length === size ? 1 : 0
    return found
  }
  const [encoded, decoded] = [rate(encode), rate(decode)].map((figure) => format(figure, "msg/s").padStart(10))
  console.log(`${String(size).padStart(6)}  ${encoded}  ${decoded}`)
}

/** Frames per second: the median of several rounds after a warm-up round. */
function rate(work: () => number): number {
  const figures: number[] = []
  for (let round = 0; round <= ROUNDS; round++) {
    const start = performance.now()
    let done = 0
    let elapsed = 0
    while (elapsed < DURATION) {
      for (let count = 0; count < 16; count++) done += work()
      elapsed = performance.now() - start
    }
    if (round > 0) figures.push((done / elapsed) * 1000)
  }
  return median(figures)
}
