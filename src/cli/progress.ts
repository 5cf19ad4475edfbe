import type { Socket } from "../index.js"
import type { Given, OptionGroup } from "./command.js"

export const PROGRESS: OptionGroup = {
  title: "Diagnostics",
  options: {
    quiet: {
      type: "flag",
      short: "q",
      help: "report only errors on stderr, neither the progress nor failed connections",
    },
    progress: { type: "flag", help: "show the progress even if stderr is not a terminal" },
  },
}

/** Prints the number and rate of messages on stderr, once a second and at the end. */
export class Progress {
  readonly #socket: Socket
  readonly #timer: ReturnType<typeof setInterval> | undefined
  readonly #start = performance.now()
  #last = 0

  /** @param prints Whether messages are printed to stdout. A terminal does not show both. */
  constructor(given: Given, socket: Socket, prints: boolean) {
    this.#socket = socket
    const terminal = process.stderr.isTTY && !(prints && process.stdout.isTTY)
    if (given.flag("quiet") || !(terminal || given.flag("progress"))) return
    this.#timer = setInterval(() => {
      const total = this.#total()
      this.#write(`${this.#counts()}, ${String(total - this.#last)}/s`)
      this.#last = total
    }, 1000)
    this.#timer.unref()
  }

  end(): void {
    if (this.#timer === undefined) return
    clearInterval(this.#timer)
    const seconds = (performance.now() - this.#start) / 1000
    this.#write(`${this.#counts()} in ${seconds.toFixed(1)} s, ${(this.#total() / seconds).toFixed(0)}/s`)
    if (process.stderr.isTTY) process.stderr.write("\n")
  }

  #total(): number {
    const { sent, received } = this.#socket.stats()
    return sent + received
  }

  #counts(): string {
    const { peers, sent, received, dropped } = this.#socket.stats()
    const parts = [`${sent} sent`, `${received} received`, ...(dropped > 0 ? [`${dropped} dropped`] : [])]
    return `${parts.join(", ")}, ${peers} ${peers === 1 ? "peer" : "peers"}`
  }

  #write(text: string): void {
    process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${text}` : `${text}\n`)
  }
}
