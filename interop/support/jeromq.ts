import { execFile, spawn, spawnSync, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import { existsSync } from "node:fs"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { delimiter, join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"

/** The file of Debian's package `libjeromq-java`. */
const JAR = "/usr/share/java/jeromq.jar"
const source = fileURLToPath(new URL("jeromq-peer.java", import.meta.url))

/** A program or file that a JeroMQ process needs and that is not installed, if any. */
export function missingForJeromq(): string | undefined {
  if (!existsSync(JAR)) return JAR
  return ["java", "javac"].find((program) => spawnSync(program, ["-version"]).error !== undefined)
}

/** A process with sockets of JeroMQ 0.3, which speaks ZMTP 2.0. */
export class JeromqProcess {
  readonly #waiting = new Map<number, { resolve: (result: string[]) => void; reject: (error: Error) => void }>()
  #calls = 0
  #sockets = 0

  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
  ) {
    createInterface(child.stdout!).on("line", (line) => {
      this.#answer(line.split(" "))
    })
    child.once("exit", () => {
      for (const { reject } of this.#waiting.values()) reject(new Error("The process has ended"))
    })
  }

  static async start(): Promise<JeromqProcess> {
    const folder = await mkdtemp(join(tmpdir(), "jeromq-"))
    await promisify(execFile)("javac", ["-cp", JAR, "-d", folder, source])
    const classpath = [JAR, folder].join(delimiter)
    const child = spawn("java", ["-cp", classpath, "JeromqPeer"], { stdio: ["pipe", "pipe", "inherit"] })
    return new JeromqProcess(child, folder)
  }

  /** @param type Name of the constant, such as `PUSH`. */
  async socket(type: string, routingId?: string): Promise<JeromqSocket> {
    const socket = new JeromqSocket(this, ++this.#sockets)
    await socket.call("make", type, ...(routingId === undefined ? [] : [encode(routingId)]))
    return socket
  }

  request(socket: number, operation: string, args: readonly string[]): Promise<string[]> {
    const call = ++this.#calls
    this.child.stdin!.write(`${[call, socket, operation, ...args].join(" ")}\n`)
    return new Promise((resolve, reject) => this.#waiting.set(call, { resolve, reject }))
  }

  async stop(): Promise<void> {
    if (this.child.exitCode === null) {
      const exit = once(this.child, "exit")
      this.child.stdin!.end()
      await exit
    }
    await rm(this.folder, { recursive: true })
  }

  #answer([call, ...result]: string[]): void {
    const waiting = this.#waiting.get(Number(call))!
    this.#waiting.delete(Number(call))
    if (result[0] === "!") waiting.reject(new Error(result.slice(1).join(" ")))
    else waiting.resolve(result)
  }
}

export class JeromqSocket {
  constructor(
    private readonly process: JeromqProcess,
    private readonly socket: number,
  ) {}

  /** Returns the bound endpoint. */
  async bind(): Promise<string> {
    const [endpoint] = await this.call("bind")
    return endpoint!
  }

  async connect(endpoint: string): Promise<void> {
    await this.call("connect", endpoint)
  }

  async subscribe(topic: string): Promise<void> {
    await this.call("subscribe", encode(topic))
  }

  async unsubscribe(topic: string): Promise<void> {
    await this.call("unsubscribe", encode(topic))
  }

  async send(...frames: string[]): Promise<void> {
    await this.call("send", ...frames.map(encode))
  }

  /** Frames as text, with one character per byte (Latin-1). */
  async receive(): Promise<string[]> {
    return (await this.call("receive")).map((frame) => Buffer.from(frame.slice(1), "base64").toString("latin1"))
  }

  async close(): Promise<void> {
    await this.call("close")
  }

  call(operation: string, ...args: string[]): Promise<string[]> {
    return this.process.request(this.socket, operation, args)
  }
}

function encode(frame: string): string {
  return `=${Buffer.from(frame, "latin1").toString("base64")}`
}
