import type { Pipe, PipeOwner } from "../../src/core/pipe.js"

/** Writes down what happens at its pipe. */
export class Recorder implements PipeOwner {
  readonly events: string[] = []
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

  /** What has happened since this was last asked. */
  take(): string[] {
    return this.events.splice(0)
  }

  #note(event: string, pipe: Pipe): void {
    this.events.push(event)
    this.pipe = pipe
  }
}
