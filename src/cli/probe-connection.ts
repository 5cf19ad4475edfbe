import type { Socket } from "node:net"

/** The peer has closed the connection. */
export class Ended extends Error {}

/** The peer has not answered in time. */
export class NoAnswerError extends Error {}

/** A connection that is read chunk by chunk. The whole answer to what was written last must arrive in time. */
export class ProbeConnection {
  readonly #chunks: Buffer[] = []
  #requestedAt = performance.now()
  #error: Error | undefined
  #arrived: () => void = () => undefined

  private constructor(
    private readonly socket: Socket,
    private readonly timeout: number,
    signal: AbortSignal,
  ) {
    socket.on("data", (chunk) => {
      this.#chunks.push(chunk)
      this.#arrived()
    })
    socket.on("error", (error) => {
      this.#fail(error)
    })
    socket.on("close", () => {
      this.#fail(new Ended("it closes the connection"))
    })
    signal.addEventListener("abort", () => {
      socket.destroy()
    })
  }

  /** @throws Error (rejects) if the connection is not established in time. */
  static async open(socket: Socket, timeout: number, signal: AbortSignal): Promise<ProbeConnection> {
    const connection = new ProbeConnection(socket, timeout, signal)
    try {
      await connection.#wait((arrived) => {
        socket.once("connect", arrived)
      })
    } catch (error) {
      // A host that does not answer would keep the process alive until the system's timeout.
      connection.close()
      throw error
    }
    return connection
  }

  write(bytes: Uint8Array): void {
    this.#requestedAt = performance.now()
    this.socket.write(bytes)
  }

  /**
   * Reads the next bytes.
   * @param timeout In ms; at most the time that is left for the answer.
   * @throws Ended, NoAnswerError, or the error of the system (rejects)
   */
  async read(timeout: number = this.timeout): Promise<Buffer> {
    const left = this.timeout - (performance.now() - this.#requestedAt)
    if (left <= 0) throw this.#late()
    if (this.#chunks.length === 0) await this.#wait((arrived) => (this.#arrived = arrived), Math.min(timeout, left))
    return this.#chunks.shift()!
  }

  close(): void {
    this.socket.destroy()
  }

  #late(): Error {
    return new NoAnswerError(`no answer within ${this.timeout} ms`)
  }

  #fail(error: Error): void {
    this.#error ??= error
    this.#arrived()
  }

  /** Waits until `listen` calls its argument. */
  async #wait(listen: (arrived: () => void) => void, timeout = this.timeout): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    try {
      await new Promise<void>((resolve, reject) => {
        timer = setTimeout(() => {
          reject(this.#late())
        }, timeout)
        listen(resolve)
        // A failure also ends the wait.
        this.#arrived = resolve
        if (this.#error !== undefined) resolve()
      })
    } finally {
      clearTimeout(timer)
    }
    if (this.#error !== undefined && this.#chunks.length === 0) throw this.#error
  }
}
