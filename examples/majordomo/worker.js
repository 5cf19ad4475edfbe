import { Dealer } from "zmtp"
import { head, INTERVAL, PATIENCE, WORKER, WorkerCommand } from "./protocol.js"

/** Offers one service at a broker, and reconnects when the broker fails or disconnects the worker. */
export class Worker {
  endpoint
  name
  serve
  #socket
  #lastHeard = 0
  #beat = setInterval(() => void this.#tick(), INTERVAL)

  constructor(endpoint, name, serve) {
    this.endpoint = endpoint
    this.name = name
    this.serve = serve
    this.#socket = this.#connect()
  }

  /** Disconnects from the broker. */
  async stop() {
    clearInterval(this.#beat)
    this.#socket.linger = 1000
    await this.#say(WorkerCommand.disconnect)
    this.#socket.close()
  }

  /** Stops without notifying the broker, as after a crash. */
  crash() {
    clearInterval(this.#beat)
    this.#socket.close()
  }

  #connect() {
    this.#lastHeard = performance.now()
    const socket = new Dealer({ linger: 0 })
    socket.connect(this.endpoint)
    void this.#work(socket)
    return socket
  }

  async #work(socket) {
    await socket.send([...head(WORKER, WorkerCommand.ready), this.name])
    for await (const [header, command, client, , ...body] of socket) {
      if (header?.toString() !== WORKER) continue
      this.#lastHeard = performance.now()
      if (command?.[0] === WorkerCommand.disconnect) this.#reconnect()
      if (command?.[0] !== WorkerCommand.request) continue
      const answer = this.serve(body)
      for (;;) {
        const { done, value } = await answer.next()
        if (socket.closed) return
        const reply = done === true ? WorkerCommand.final : WorkerCommand.partial
        await socket.send([...head(WORKER, reply), client, "", ...value])
        if (done === true) break
      }
    }
  }

  #reconnect() {
    this.#socket.close()
    this.#socket = this.#connect()
  }

  async #tick() {
    if (performance.now() - this.#lastHeard > PATIENCE) this.#reconnect()
    else await this.#say(WorkerCommand.heartbeat)
  }

  async #say(command) {
    await this.#socket.send(head(WORKER, command))
  }
}
