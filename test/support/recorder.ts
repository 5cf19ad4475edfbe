import type { Pipe, PipeOwner } from "../../src/core/pipe/pipe.js"
import type { Multipart } from "../../src/zmtp/bytes.js"
import { text } from "./messages.js"

/** Records the notifications of a pipe. */
export class Recorder implements PipeOwner {
  readonly events: string[] = []
  /** Bodies of the messages that were sent from this end and not received. */
  readonly undeliveredTexts: string[] = []
  pipe: Pipe | undefined

  peerReady(pipe: Pipe): void {
    this.#note("peerReady", pipe)
  }

  readActivated(pipe: Pipe): void {
    this.#note("readActivated", pipe)
  }

  writeActivated(pipe: Pipe): void {
    this.#note("writeActivated", pipe)
  }

  pipeTerminated(pipe: Pipe): void {
    this.#note("pipeTerminated", pipe)
  }

  undelivered(_pipe: Pipe, message: Multipart | undefined): void {
    this.undeliveredTexts.push(...(text(message) ?? ["?"]))
  }

  /** Returns the notifications since the last call. */
  take(): string[] {
    return this.events.splice(0)
  }

  #note(event: string, pipe: Pipe): void {
    this.events.push(event)
    this.pipe = pipe
  }
}
