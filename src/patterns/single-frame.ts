import { zmqError } from "../errors.js"
import type { Message } from "../zmtp/bytes.js"
import type { PatternHost } from "./pattern.js"

/** Something to receive from, such as a `FairQueue` or a pipe. */
interface Source {
  receive(): Message | undefined
}

/** @throws ZmqError EINVAL for a message of several frames, which some socket types do not send. */
export function checkSingle(message: Message): void {
  if (message.length !== 1) throw zmqError("EINVAL")
}

/** The next message of one frame that `source` has; others, which such types do not take either, are dropped. */
export function receiveSingle(source: Source, host: PatternHost): Message | undefined {
  let message = source.receive()
  while (message !== undefined && message.length !== 1) {
    host.dropped(message)
    message = source.receive()
  }
  return message
}
