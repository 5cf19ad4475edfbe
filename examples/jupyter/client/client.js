import { Dealer, Request, Subscriber } from "zmtp"
import { endpointOf } from "../connection.js"
import { Wire } from "../message.js"

/** Maximum time to wait for a message on iopub before the request is repeated, in ms. */
const TIMEOUT = 1000

/** Runs code in a Jupyter kernel, one cell after the other. */
export class JupyterClient {
  options
  #wire
  // All channels share one identity, so that the kernel requests input from the client that sent the code.
  #shell
  #control
  #stdin
  #iopub = new Subscriber()
  #heart = new Request({ linger: 0 })

  constructor(connection, options = {}) {
    this.options = options
    this.#wire = new Wire(connection.key)
    const dealer = (channel) => {
      const socket = new Dealer({ routingId: this.#wire.session, linger: 0 })
      socket.connect(endpointOf(connection, channel))
      return socket
    }
    this.#shell = dealer("shell")
    this.#control = dealer("control")
    this.#stdin = dealer("stdin")
    this.#iopub.connect(endpointOf(connection, "iopub"))
    this.#iopub.subscribe()
    this.#heart.connect(endpointOf(connection, "hb"))
    void this.#answerQuestions()
  }

  /** Resolves to the kernel's information once all channels are connected. */
  async ready() {
    for (;;) {
      const info = await this.#ask(this.#shell, "kernel_info_request", {})
      try {
        // Every request makes the kernel publish its status, which is lost until the subscription has arrived.
        await this.#iopub.receive({ timeout: TIMEOUT })
        return info
      } catch (error) {
        if (error.code !== "EAGAIN" || this.#iopub.closed) throw error
      }
    }
  }

  async execute(code) {
    const request = this.#wire.message("execute_request", {
      code,
      silent: false,
      store_history: true,
      user_expressions: {},
      allow_stdin: this.options.onInput !== undefined,
      stop_on_error: true,
    })
    await this.#shell.send(this.#wire.encode(request))
    const [published, reply] = await Promise.all([this.#hearOf(request), this.#replyTo(this.#shell, request)])
    return { ...published, status: reply["status"] }
  }

  /** Whether the kernel is alive. It echoes heartbeats even while it runs code. */
  async ping() {
    await this.#heart.send("ping")
    const [echo] = await this.#heart.receive()
    return echo.toString() === "ping"
  }

  async interrupt() {
    await this.#ask(this.#control, "interrupt_request", {})
  }

  async shutdown() {
    await this.#ask(this.#control, "shutdown_request", { restart: false })
  }

  close() {
    for (const socket of [this.#shell, this.#control, this.#stdin, this.#iopub, this.#heart]) socket.close()
  }

  async #ask(socket, type, content) {
    const request = this.#wire.message(type, content)
    await socket.send(this.#wire.encode(request))
    return await this.#replyTo(socket, request)
  }

  async #replyTo(socket, request) {
    for (;;) {
      const reply = this.#wire.decode(await socket.receive())
      if (reply !== undefined && belongs(reply, request)) return reply.content
    }
  }

  /** Yields the published messages until the kernel is idle again. */
  async #hearOf(request) {
    let [output, result, error] = [""]
    for (;;) {
      const news = this.#wire.decode(await this.#iopub.receive())
      if (news === undefined || !belongs(news, request)) continue
      const { content } = news
      switch (news.header.msg_type) {
        case "stream":
          output += content["text"]
          this.options.onOutput?.(content["text"])
          break
        case "execute_result":
          result = content["data"]["text/plain"]
          break
        case "error":
          error = `${content["ename"]}: ${content["evalue"]}`
          break
        case "status":
          if (content["execution_state"] === "idle") return { output, result, error }
      }
    }
  }

  async #answerQuestions() {
    for await (const frames of this.#stdin) {
      const question = this.#wire.decode(frames)
      if (question?.header.msg_type !== "input_request") continue
      const value = (await this.options.onInput?.(question.content["prompt"])) ?? ""
      await this.#stdin.send(
        this.#wire.encode(this.#wire.message("input_reply", { value }, { parent: question.header })),
      )
    }
  }
}

function belongs(message, request) {
  return message.parent.msg_id === request.header.msg_id
}
