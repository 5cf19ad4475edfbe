import { packetsOf } from "./capture.js"
import type { Conversation } from "./conversation.js"
import { Reassembly } from "./reassembly.js"
import { segmentOf, type Segment } from "./segment.js"

/** One TCP connection of a capture. */
interface Flow {
  readonly conversation: Conversation
  /** Reassembly by sender. */
  readonly directions: ReadonlyMap<string, Reassembly>
}

/**
 * Prints every TCP connection of the capture `file`, or only those of `port`. Returns their number.
 * @param pause Called after each packet. Waits for the returned promise, whose rejection ends the replay.
 * @throws Error (rejects) if it is not a capture.
 */
export async function replay(
  file: Buffer,
  port: number | undefined,
  begin: () => Conversation,
  pause: () => Promise<unknown> | undefined,
): Promise<number> {
  const flows = new Map<string, Flow>()
  let start: number | undefined
  let count = 0
  for (const { time, linkType, data } of packetsOf(file)) {
    start ??= time
    const segment = segmentOf(linkType, data)
    if (segment === undefined) continue
    if (port !== undefined && segment.sourcePort !== port && segment.destinationPort !== port) continue
    const key = [segment.source, segment.destination].sort().join(" ")
    let flow = flows.get(key)
    // The same two ports may be used again later.
    if (flow === undefined || (segment.syn && !segment.ack)) {
      flow?.directions.forEach((direction) => {
        direction.end()
      })
      flow = newFlow(segment, begin())
      count++
      flows.set(key, flow)
      flow.conversation.time = time - start
      const [client, server] = flow.directions.keys()
      flow.conversation.note(`${client!} to ${server!}`)
    }
    flow.conversation.time = time - start
    const direction = flow.directions.get(segment.source)!
    if (segment.syn) direction.begin(segment.sequence)
    direction.add(segment.syn ? (segment.sequence + 1) >>> 0 : segment.sequence, segment.payload)
    await pause()
  }
  for (const { directions } of flows.values()) {
    for (const direction of directions.values()) direction.end()
  }
  return count
}

/** Creates a flow. The client is the side that sent SYN, or else the side with the higher port. */
function newFlow(segment: Segment, conversation: Conversation): Flow {
  const { source, destination } = segment
  const forward = segment.syn ? !segment.ack : segment.sourcePort > segment.destinationPort
  const ends = forward ? [source, destination] : [destination, source]
  const directions = new Map(
    ends.map((end, index) => {
      const reader = conversation.directions[index as 0 | 1]
      const deliver = (bytes: Buffer): void => {
        reader.push(bytes)
      }
      const missing = (size: number): void => {
        reader.gap(size)
      }
      return [end, new Reassembly(deliver, missing)]
    }),
  )
  return { conversation, directions }
}
