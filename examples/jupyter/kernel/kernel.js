import { setImmediate } from "node:timers/promises"
import { Publisher, Reply, reply, Router } from "zmtp"
import { CHANNELS, endpointOf } from "../connection.js"
import { VERSION, Wire } from "../message.js"
import { Evaluator, show } from "./evaluator.js"

const LANGUAGE = {
  name: "javascript",
  version: process.versions.node,
  mimetype: "text/javascript",
  file_extension: ".js",
}

/** A Jupyter kernel for JavaScript. */
export class Kernel {
  connection
  #wire
  #shell = new Router({ linger: 0 })
  #control = new Router({ linger: 1000 })
  #stdin = new Router({ linger: 0 })
  #iopub = new Publisher({ linger: 1000 })
  #heart = new Reply({ linger: 0 })
  #evaluator = new Evaluator({
    print: (name, text) => void this.#publish("stream", { name, text }, this.#current),
    input: (prompt, password) => this.#ask(prompt, password),
  })
  /** The current request. */
  #current
  /** Interrupts the current request while it waits. */
  #interruption = new AbortController()
  #count = 0

  constructor(connection) {
    this.connection = connection
    this.#wire = new Wire(connection.key)
  }

  /** Listens on the given ports, or on free ports for those that are 0. Returns the actual ports. */
  async start() {
    const bound = { ...this.connection }
    for (const channel of CHANNELS) {
      const socket = this.#sockets[channel]
      await socket.bind(endpointOf(this.connection, channel))
      bound[`${channel}_port`] = Number(/[:-](\d+)$/.exec(socket.lastEndpoint)[1])
    }
    return bound
  }

  /** Serves requests until a shutdown request. */
  async run() {
    const heart = reply(this.#heart, (frames) => frames)
    await this.#publish("status", { execution_state: "starting" })
    await Promise.all([this.#serve(this.#shell), this.#serve(this.#control), heart])
  }

  interrupt() {
    this.#interruption.abort(new Error("Interrupted"))
  }

  close() {
    for (const socket of Object.values(this.#sockets)) socket.close()
  }

  get #sockets() {
    return {
      shell: this.#shell,
      control: this.#control,
      stdin: this.#stdin,
      iopub: this.#iopub,
      hb: this.#heart,
    }
  }

  async #serve(socket) {
    for await (const frames of socket) {
      const request = this.#wire.decode(frames)
      if (request === undefined) continue // not signed with the kernel's key
      await this.#publish("status", { execution_state: "busy" }, request)
      const content = await this.#answer(request)
      if (content !== undefined) {
        const type = request.header.msg_type.replace("_request", "_reply")
        const { identities, header: parent } = request
        await socket.send(this.#wire.encode(this.#wire.message(type, content, { parent, identities })))
      }
      await this.#publish("status", { execution_state: "idle" }, request)
      if (request.header.msg_type === "shutdown_request") this.close()
    }
  }

  /** Returns `undefined` for messages that need no reply. */
  async #answer(request) {
    const { content } = request
    const code = content["code"]
    switch (request.header.msg_type) {
      case "kernel_info_request":
        return {
          status: "ok",
          protocol_version: VERSION,
          implementation: "zmtp-example",
          implementation_version: "1.0",
          language_info: LANGUAGE,
          banner: `JavaScript on Node.js ${process.version}`,
          help_links: [],
        }
      case "execute_request":
        return await this.#execute(request)
      case "is_complete_request": {
        const status = this.#evaluator.check(code)
        return status === "incomplete" ? { status, indent: "" } : { status }
      }
      case "complete_request": {
        const end = content["cursor_pos"]
        const { matches, start } = this.#evaluator.complete(code.slice(0, end))
        return { status: "ok", matches, cursor_start: start, cursor_end: end, metadata: {} }
      }
      case "history_request":
        return { status: "ok", history: [] }
      case "comm_info_request":
        return { status: "ok", comms: {} }
      case "interrupt_request":
        this.interrupt()
        return { status: "ok" }
      case "shutdown_request":
        await this.#publish("shutdown_reply", content, request)
        return { status: "ok", restart: content["restart"] }
      default:
        return undefined
    }
  }

  async #execute(request) {
    const { code, silent } = request.content
    if (!silent) this.#count++
    const execution_count = this.#count
    if (!silent) await this.#publish("execute_input", { code, execution_count }, request)
    this.#current = request
    this.#interruption = new AbortController()
    await setImmediate() // let the published messages be sent before the cell starts to compute
    try {
      const value = await this.#evaluator.run(code, `cell ${execution_count}`, this.#interruption.signal)
      if (value !== undefined && !silent) {
        const data = { "text/plain": show(value) }
        await this.#publish("execute_result", { execution_count, data, metadata: {} }, request)
      }
      return { status: "ok", execution_count, payload: [], user_expressions: {} }
    } catch (thrown) {
      // Errors of the other realm are not `instanceof` this realm's Error.
      const { name = "Error", message = show(thrown), stack = "" } = Object(thrown)
      const error = { ename: name, evalue: message, traceback: stack === "" ? [message] : stack.split("\n") }
      await this.#publish("error", error, request)
      return { status: "error", execution_count, ...error }
    } finally {
      this.#current = undefined
    }
  }

  /** Requests input from the client of the current cell, over stdin. */
  async #ask(prompt, password) {
    const request = this.#current
    if (request?.content["allow_stdin"] !== true) throw new Error("The client takes no questions")
    const { identities, header: parent } = request
    const question = this.#wire.message("input_request", { prompt, password }, { parent, identities })
    await this.#stdin.send(this.#wire.encode(question))
    for (;;) {
      const answer = this.#wire.decode(await this.#stdin.receive({ signal: this.#interruption.signal }))
      if (answer?.header.msg_type === "input_reply") return answer.content["value"]
    }
  }

  async #publish(type, content, request) {
    if (this.#iopub.closed) return
    const identities = [`kernel.${this.#wire.session}.${type}`]
    const message = this.#wire.message(type, content, { parent: request?.header ?? {}, identities })
    await this.#iopub.send(this.#wire.encode(message))
  }
}
