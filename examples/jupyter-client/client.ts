import { Dealer, Request, Subscriber, type ZmqError } from "../../src/index.js"
import { endpointOf, type Channel, type Connection } from "./connection.js"
import { Wire, type Content, type JupyterMessage } from "./message.js"

/** How long a kernel may take to be heard on iopub before it is asked again, in ms. */
const TIMEOUT = 1000

export interface Outcome {
  readonly status: "ok" | "error" | "aborted"
  /** What the code has printed. */
  readonly output: string
  /** Its last value as text; `undefined` when it has none. */
  readonly result: string | undefined
  /** Name and text of the error that ended it. */
  readonly error: string | undefined
}

export interface ClientOptions {
  /** Answers when the code asks for input. Without it the code is told that nobody can. */
  readonly onInput?: (prompt: string) => string | Promise<string>
  /** Told what the code prints as it prints it. */
  readonly onOutput?: (text: string) => void
}

/** Runs code in a Jupyter kernel, one cell after the other. */
export class JupyterClient {
  readonly #wire: Wire
  // One identity for all: the kernel asks for input where the code came from.
  readonly #shell: Dealer
  readonly #control: Dealer
  readonly #stdin: Dealer
  readonly #iopub = new Subscriber()
  readonly #heart = new Request({ linger: 0 })

  constructor(
    connection: Connection,
    private readonly options: ClientOptions = {},
  ) {
    this.#wire = new Wire(connection.key)
    const dealer = (channel: Channel): Dealer => {
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

  /** What the kernel says of itself; resolves once it is heard on all channels. */
  async ready(): Promise<Content> {
    for (;;) {
      const info = await this.#ask(this.#shell, "kernel_info_request", {})
      try {
        // Every request makes it publish its status, which is lost while the subscription is on its way.
        await this.#iopub.receive({ timeout: TIMEOUT })
        return info
      } catch (error) {
        if ((error as ZmqError).code !== "EAGAIN" || this.#iopub.closed) throw error
      }
    }
  }

  async execute(code: string): Promise<Outcome> {
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
    return { ...published, status: reply["status"] as Outcome["status"] }
  }

  /** Whether the kernel's heart beats: it sends back what it gets, whatever else it does. */
  async ping(): Promise<boolean> {
    await this.#heart.send("ping")
    const [echo] = await this.#heart.receive()
    return echo!.toString() === "ping"
  }

  async interrupt(): Promise<void> {
    await this.#ask(this.#control, "interrupt_request", {})
  }

  async shutdown(): Promise<void> {
    await this.#ask(this.#control, "shutdown_request", { restart: false })
  }

  close(): void {
    for (const socket of [this.#shell, this.#control, this.#stdin, this.#iopub, this.#heart]) socket.close()
  }

  async #ask(socket: Dealer, type: string, content: Content): Promise<Content> {
    const request = this.#wire.message(type, content)
    await socket.send(this.#wire.encode(request))
    return await this.#replyTo(socket, request)
  }

  async #replyTo(socket: Dealer, request: JupyterMessage): Promise<Content> {
    for (;;) {
      const reply = this.#wire.decode(await socket.receive())
      if (reply !== undefined && belongs(reply, request)) return reply.content
    }
  }

  /** What is published until the kernel is idle again. */
  async #hearOf(request: JupyterMessage): Promise<Omit<Outcome, "status">> {
    let [output, result, error]: [string, string?, string?] = [""]
    for (;;) {
      const news = this.#wire.decode(await this.#iopub.receive())
      if (news === undefined || !belongs(news, request)) continue
      const { content } = news
      switch (news.header.msg_type) {
        case "stream":
          output += content["text"] as string
          this.options.onOutput?.(content["text"] as string)
          break
        case "execute_result":
          result = (content["data"] as Record<string, string>)["text/plain"]
          break
        case "error":
          error = `${content["ename"] as string}: ${content["evalue"] as string}`
          break
        case "status":
          if (content["execution_state"] === "idle") return { output, result, error }
      }
    }
  }

  async #answerQuestions(): Promise<void> {
    for await (const frames of this.#stdin) {
      const question = this.#wire.decode(frames)
      if (question?.header.msg_type !== "input_request") continue
      const value = (await this.options.onInput?.(question.content["prompt"] as string)) ?? ""
      await this.#stdin.send(
        this.#wire.encode(this.#wire.message("input_reply", { value }, { parent: question.header })),
      )
    }
  }
}

function belongs(message: JupyterMessage, request: JupyterMessage): boolean {
  return message.parent.msg_id === request.header.msg_id
}
