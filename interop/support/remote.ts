import { spawn, type ChildProcessByStdio } from "node:child_process"
import { once } from "node:events"
import { tmpdir } from "node:os"
import { createInterface } from "node:readline"
import type { Readable, Writable } from "node:stream"
import { fileURLToPath } from "node:url"
import { NODE, TYPESCRIPT } from "../../test/support/runtime.js"
import { fromLine, toLine } from "./lines.js"

const program = fileURLToPath(new URL("remote-peer.mjs", import.meta.url))
const source = (name: string): string => new URL(`../../src/${name}`, import.meta.url).href

/** The command for each library. libzmq is a native addon, which not every runtime can load. */
const libraries = {
  libzmq: [NODE, "--import", "tsx", "--no-warnings", program, "zeromq", "zeromq/draft"],
  zmtp: [process.execPath, ...TYPESCRIPT, program, source("index.ts"), source("draft.ts")],
} as const

type SocketType =
  | "Pair"
  | "Publisher"
  | "Subscriber"
  | "Request"
  | "Reply"
  | "Dealer"
  | "Router"
  | "Pull"
  | "Push"
  | "XPublisher"
  | "XSubscriber"
  | "Stream"
  | DraftType
export type DraftType = "Server" | "Client" | "Radio" | "Dish" | "Gather" | "Scatter" | "Datagram" | "Peer" | "Channel"
type Frame = string | Uint8Array

interface Answer {
  readonly id: number
  readonly result: unknown
  readonly error?: string
  readonly code?: string
}

/** A process with sockets of libzmq (through the `zeromq` package) or of this library. */
export class RemoteProcess {
  readonly #waiting = new Map<number, (answer: Answer) => void>()
  #calls = 0
  #sockets = 0

  private constructor(private readonly child: ChildProcessByStdio<Writable, Readable, null>) {
    createInterface(child.stdout).on("line", (line) => {
      const answer = fromLine(line) as Answer
      this.#waiting.get(answer.id)?.(answer)
      this.#waiting.delete(answer.id)
    })
    // The process may be killed before it has read all input.
    child.stdin.on("error", () => undefined)
  }

  static async start(library: keyof typeof libraries): Promise<RemoteProcess> {
    const [command, ...args] = libraries[library]
    // Without TMPDIR, libzmq creates the files of `ipc://*` in the working directory.
    const env = { ...process.env, TMPDIR: tmpdir() }
    const child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"], env })
    await once(child, "spawn")
    return new RemoteProcess(child)
  }

  async socket(type: SocketType, options: object = {}): Promise<RemoteSocket> {
    const socket = ++this.#sockets
    await this.request("make", { socket, type, options })
    return new RemoteSocket(this, socket)
  }

  async request(operation: string, parameters: object): Promise<unknown> {
    const id = ++this.#calls
    const answer = await new Promise<Answer>((resolve) => {
      this.#waiting.set(id, resolve)
      this.child.stdin.write(toLine({ id, operation, ...parameters }))
    })
    if (answer.error === undefined) return answer.result
    throw Object.assign(new Error(answer.error), { code: answer.code })
  }

  /** Closes all sockets of the process, and drops their messages. */
  async closeAll(): Promise<void> {
    await this.request("closeAll", {})
  }

  /** Makes the process exit normally. */
  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return
    const exit = once(this.child, "exit")
    this.child.stdin.end()
    await exit
  }

  /** Kills the process with SIGKILL. */
  async kill(): Promise<void> {
    const exit = once(this.child, "exit")
    this.child.kill("SIGKILL")
    await exit
  }
}

export class RemoteSocket {
  constructor(
    private readonly process: RemoteProcess,
    private readonly socket: number,
  ) {}

  /** Returns the bound endpoint. */
  async bind(address: string): Promise<string> {
    await this.call("bind", address)
    return (await this.get("lastEndpoint")) as string
  }

  async connect(address: string): Promise<void> {
    await this.call("connect", address)
  }

  async subscribe(...topics: string[]): Promise<void> {
    await this.call("subscribe", ...topics)
  }

  async send(...frames: Frame[]): Promise<void> {
    await this.call("send", frames)
  }

  /** Frames as text, with one character per byte (Latin-1). */
  async receive(): Promise<string[]> {
    return ((await this.call("receive")) as Uint8Array[]).map((frame) => Buffer.from(frame).toString("latin1"))
  }

  async fill(size: number, byte: number): Promise<void> {
    await this.process.request("fill", { socket: this.socket, size, byte })
  }

  digest(): Promise<[size: number, digest: string][]> {
    return this.process.request("digest", { socket: this.socket }) as Promise<[number, string][]>
  }

  /** The first event of one of `types`. */
  event(...types: string[]): Promise<unknown> {
    return this.process.request("event", { socket: this.socket, types })
  }

  count(): Promise<number> {
    return this.process.request("count", { socket: this.socket }) as Promise<number>
  }

  get(name: string): Promise<unknown> {
    return this.process.request("get", { socket: this.socket, name })
  }

  call(name: string, ...args: unknown[]): Promise<unknown> {
    return this.process.request("call", { socket: this.socket, name, args })
  }

  async close(): Promise<void> {
    await this.call("close")
  }
}

/** Creates libzmq sockets for the tests of a suite, in one process. They are closed after each test. */
export function libzmqPeers(): Pick<RemoteProcess, "socket"> {
  let process: RemoteProcess
  before(async () => {
    process = await RemoteProcess.start("libzmq")
  })
  afterEach(() => process.closeAll())
  after(() => process.stop())
  return { socket: (...parameters) => process.socket(...parameters) }
}
