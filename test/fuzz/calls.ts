import fc from "fast-check"
import { stateOf } from "../../src/sockets/context.js"
import * as zmq from "../../src/index.js"
import type { Target } from "./target.js"

const TYPES = [
  zmq.Pair,
  zmq.Publisher,
  zmq.Subscriber,
  zmq.Request,
  zmq.Reply,
  zmq.Dealer,
  zmq.Router,
  zmq.Pull,
  zmq.Push,
  zmq.XPublisher,
  zmq.XSubscriber,
  zmq.Stream,
] as const

/** Types that send each message to a single peer: no other peer may receive it. */
const DEALERS: ReadonlySet<string> = new Set(["Pair", "Push", "Dealer", "Request"])

type Call =
  | { readonly name: "make"; readonly type: number; readonly mark: number }
  | { readonly name: "bind"; readonly socket: number; readonly transport: "inproc" | "tcp" }
  | { readonly name: "connect"; readonly socket: number; readonly endpoint: number }
  | { readonly name: "disconnect" | "unbind"; readonly socket: number; readonly endpoint: number }
  | {
      readonly name: "send" | "sendMany" | "trySend"
      readonly socket: number
      readonly frames: number
      readonly wait: number
    }
  | { readonly name: "receive" | "receiveMany" | "tryReceive" | "next"; readonly socket: number; readonly wait: number }
  | { readonly name: "subscribe" | "unsubscribe"; readonly socket: number }
  | { readonly name: "set"; readonly socket: number; readonly mark: number }
  | { readonly name: "observe" | "close" | "abort" | "turn"; readonly socket: number }

const socket = fc.nat(7)
const wait = fc.constantFrom(0, 1, 20, -1)

const call: fc.Arbitrary<Call> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ name: fc.constant("make"), type: fc.nat(11), mark: fc.constantFrom(0, 1, 2, 1000) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ name: fc.constant("bind"), socket, transport: fc.constantFrom("inproc", "tcp") }),
  },
  { weight: 5, arbitrary: fc.record({ name: fc.constant("connect"), socket, endpoint: fc.nat(5) }) },
  {
    weight: 1,
    arbitrary: fc.record({ name: fc.constantFrom("disconnect", "unbind"), socket, endpoint: fc.nat(5) }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      name: fc.constantFrom("send", "sendMany", "trySend"),
      socket,
      frames: fc.integer({ min: 1, max: 4 }),
      wait,
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({ name: fc.constantFrom("receive", "receiveMany", "tryReceive", "next"), socket, wait }),
  },
  { weight: 1, arbitrary: fc.record({ name: fc.constantFrom("subscribe", "unsubscribe"), socket }) },
  { weight: 1, arbitrary: fc.record({ name: fc.constant("set"), socket, mark: fc.nat(3) }) },
  { weight: 4, arbitrary: fc.record({ name: fc.constantFrom("observe", "close", "abort", "turn", "turn"), socket }) },
)

/** Error codes that calls may fail with at any time. */
const MAY: ReadonlySet<unknown> = new Set(["EAGAIN", "EBUSY", "EFSM", "EHOSTUNREACH", "ENOTSUP", "EINVAL"])
/** Error codes for calls on a closed socket. */
const CLOSED: ReadonlySet<unknown> = new Set(["EBADF", "ENOTSOCK"])

/** The expected state of a socket, tracked independently of the socket. */
interface Known {
  readonly socket: zmq.Socket
  readonly type: string
  closed: boolean
  /** Bind and unbind operations in progress. */
  binding: number
  readonly bound: Set<string>
}

type Loose = Record<string, (...args: unknown[]) => unknown>

/** Makes calls, and compares their results with the documentation. */
class Play {
  readonly #context = new zmq.Context()
  readonly #known: Known[] = []
  readonly #endpoints: string[] = ["inproc://nobody", "tcp://127.0.0.1:1"]
  readonly #promises: Promise<unknown>[] = []
  readonly #faults: string[] = []
  readonly #received = new Map<string, number>()
  readonly #abortions: AbortController[] = []
  #names = 0
  #messages = 0

  async run(calls: readonly Call[]): Promise<void> {
    for (const call of calls) await this.#make(call)
    this.#abort()
    for (const known of this.#known) {
      // A socket with a bind in progress closes after the bind.
      if (!known.closed && known.binding === 0) known.socket.linger = 0
      known.socket.close()
      known.socket.close()
      known.closed = true
    }
    await within(5000, Promise.allSettled(this.#promises), "A promise has not settled")
    for (const { socket } of this.#known) if (!socket.closed) this.#faults.push("A socket is not closed")
    const { sockets } = stateOf(this.#context)
    if (sockets !== 0) this.#faults.push(`${sockets} sockets are counted as open`)
    if (this.#faults.length > 0) throw new Error(this.#faults.join("; "))
  }

  async #make(call: Call): Promise<void> {
    if (call.name === "make") {
      if (this.#known.length > 7) return
      const Type = TYPES[call.type]!
      const socket = new Type({ context: this.#context, linger: 0, reconnectInterval: 1 })
      const marked = socket as { sendHighWaterMark?: number; receiveHighWaterMark?: number }
      if ("sendHighWaterMark" in socket) marked.sendHighWaterMark = call.mark
      if ("receiveHighWaterMark" in socket) marked.receiveHighWaterMark = call.mark
      this.#known.push({ socket, type: Type.name, closed: false, binding: 0, bound: new Set() })
      return
    }
    const known = this.#known[call.socket % Math.max(this.#known.length, 1)]
    if (known === undefined) return
    const { socket } = known
    const loose = socket as unknown as Loose
    switch (call.name) {
      case "bind":
        this.#bind(known, call.transport)
        return
      case "connect":
        this.#try(known, () => {
          socket.connect(this.#endpoints[call.endpoint % this.#endpoints.length]!)
        })
        return
      case "disconnect":
      case "unbind":
        this.#leave(known, call.name, this.#endpoints[call.endpoint % this.#endpoints.length]!)
        return
      case "send":
      case "sendMany":
      case "trySend":
        if (typeof loose[call.name] === "function") this.#send(known, call.name, call.frames, call.wait)
        return
      case "receive":
      case "receiveMany":
        if (typeof loose[call.name] !== "function") return
        this.#try(
          known,
          () => {
            if (call.name === "receive") {
              this.#later(loose["receive"]!(this.#patience(call.wait)), (message) => {
                this.#take(known, message as Buffer[])
              })
              return
            }
            this.#later(loose["receiveMany"]!(3, this.#patience(call.wait)), (messages) => {
              for (const message of messages as Buffer[][]) this.#take(known, message)
            })
          },
          call.name === "receive",
        )
        return
      case "tryReceive":
        if (typeof loose["tryReceive"] !== "function") return
        this.#try(known, () => {
          const message = loose["tryReceive"]!() as Buffer[] | undefined
          if (message !== undefined) this.#take(known, message)
        })
        return
      case "next":
        if (!(Symbol.asyncIterator in socket)) return
        this.#try(
          known,
          () => {
            this.#later((socket as unknown as AsyncIterable<Buffer[]>)[Symbol.asyncIterator]().next(), (result) => {
              const { done, value } = result as IteratorResult<Buffer[], undefined>
              if (done !== true) this.#take(known, value)
            })
          },
          false,
        )
        return
      case "subscribe":
      case "unsubscribe":
        if (!(socket instanceof zmq.Subscriber)) return
        this.#try(known, () => {
          socket[call.name]("")
        })
        return
      case "set":
        if (!("sendHighWaterMark" in socket)) return
        this.#try(known, () => {
          ;(socket as zmq.Push).sendHighWaterMark = call.mark
        })
        return
      case "observe":
        this.#try(
          known,
          () => {
            this.#later(socket.events.receive(), () => undefined)
          },
          false,
        )
        return
      case "close":
        if (known.closed) return
        socket.close()
        // With a bind in progress, the socket closes after the bind, and `closed` is false until then.
        known.closed = known.binding === 0
        if (known.closed && !socket.closed) this.#faults.push("close has not closed")
        return
      case "abort":
        this.#abort()
        return
      case "turn":
        await new Promise((resolve) => setImmediate(resolve))
    }
  }

  #bind(known: Known, transport: "inproc" | "tcp"): void {
    const address = transport === "tcp" ? "tcp://127.0.0.1:*" : `inproc://${this.#names++ % 3}`
    const taken = this.#known.some(({ bound, socket }) => bound.has(address) && !socket.closed)
    this.#try(known, () => {
      const binding = known.socket.bind(address)
      known.binding++
      const done = (): void => {
        known.binding--
        if (known.socket.closed) known.closed = true
      }
      const waited = binding.then(
        () => {
          done()
          if (taken && transport === "inproc") this.#faults.push(`${address} was bound twice`)
          if (known.closed) return
          known.bound.add(address)
          this.#endpoints.push(transport === "tcp" ? known.socket.lastEndpoint! : address)
        },
        (error: unknown) => {
          done()
          const code = codeOf(error)
          if (code !== "EADDRINUSE" || transport === "tcp") this.#faults.push(`bind ${String(code)}`)
        },
      )
      this.#promises.push(waited)
    })
  }

  #leave(known: Known, name: "disconnect" | "unbind", endpoint: string): void {
    try {
      const leaving: unknown = known.socket[name](endpoint)
      if (!(leaving instanceof Promise)) return
      known.binding++
      // The name is free immediately, even before the promise settles.
      known.bound.delete(endpoint)
      this.#promises.push(
        leaving.then(
          () => {
            known.binding--
            if (known.socket.closed) known.closed = true
          },
          (error: unknown) => {
            known.binding--
            if (known.socket.closed) known.closed = true
            if (codeOf(error) !== "ENOENT") this.#faults.push(`${name} ${String(codeOf(error))}`)
          },
        ),
      )
    } catch (error) {
      const code = codeOf(error)
      const expected =
        known.closed || (known.binding > 0 && known.socket.closed)
          ? CLOSED.has(code)
          : code === "ENOENT" || (code === "EBUSY" && known.binding > 0)
      if (!expected) this.#faults.push(`${name} ${String(code ?? error)}`)
    }
  }

  #send(known: Known, name: "send" | "sendMany" | "trySend", frames: number, wait: number): void {
    // All frames of a message have the same text, which reveals misplaced frames.
    const tag = `${known.type}-${this.#messages++}`
    const message: string[] = Array.from({ length: frames }, () => tag)
    if (known.socket instanceof zmq.Router || known.socket instanceof zmq.Stream) message.unshift("nobody")
    if (known.socket instanceof zmq.Stream) message.length = 2
    const loose = known.socket as unknown as Loose
    this.#try(known, () => {
      if (name === "trySend") loose["trySend"]!(message)
      else this.#later(loose[name]!(name === "send" ? message : [message], this.#patience(wait)), () => undefined)
    })
  }

  #patience(timeout: number): object {
    const abortion = new AbortController()
    this.#abortions.push(abortion)
    return { timeout, signal: abortion.signal }
  }

  /** Aborts all pending waits. */
  #abort(): void {
    for (const abortion of this.#abortions.splice(0)) abortion.abort()
  }

  /**
   * Makes a call that may only throw documented errors.
   * @param tells Whether it throws on a closed socket. Other calls report this by their return values.
   */
  #try(known: Known, attempt: () => unknown, tells = true): void {
    const { closed, binding } = known
    try {
      attempt()
      if (closed && tells) this.#faults.push("A closed socket did as it was told")
    } catch (error) {
      const code = codeOf(error)
      if (closed ? CLOSED.has(code) : MAY.has(code)) return
      if (binding > 0 && known.socket.closed && CLOSED.has(code)) return
      this.#faults.push(`Thrown: ${String(code)} ${String(error)}`)
    }
  }

  #later(promise: unknown, done: (result: unknown) => void): void {
    this.#promises.push(
      (promise as Promise<unknown>).then(done, (error: unknown) => {
        const code = codeOf(error)
        const aborted = error instanceof DOMException && error.name === "AbortError"
        if (!MAY.has(code) && !CLOSED.has(code) && !aborted) this.#faults.push(`Rejected: ${String(error)}`)
      }),
    )
  }

  #take(known: Known, message: readonly Buffer[]): void {
    if (known.type === "Stream") return
    const tags = message.map(String).filter((frame) => /^[A-Z][A-Za-z]+-\d+$/.test(frame))
    const [tag] = tags
    if (tag === undefined) return
    if (!tags.every((other) => other === tag)) this.#faults.push(`A message of parts: ${tags.join()}`)
    const count = (this.#received.get(tag) ?? 0) + 1
    this.#received.set(tag, count)
    if (count > 1 && DEALERS.has(tag.split("-")[0]!)) this.#faults.push(`${tag} was received twice`)
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined
}

async function within<T>(duration: number, promise: Promise<T>, otherwise: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(otherwise))
    }, duration)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

export const calls: readonly Target[] = [
  {
    name: "calls in any order",
    weight: 2,
    property: () => fc.asyncProperty(fc.array(call, { maxLength: 60, size: "max" }), (calls) => new Play().run(calls)),
  },
]
