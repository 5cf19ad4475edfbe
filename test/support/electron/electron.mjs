// Imitates Electron's `utilityProcess` and `MessageChannelMain` with processes and ports of Node, as documented by Electron.
import { fork } from "node:child_process"
import { EventEmitter } from "node:events"
import { MessageChannel } from "node:worker_threads"

/** A MessagePortMain: an EventEmitter whose messages have `data` and `ports`. It transfers only ports. */
class MessagePortMain extends EventEmitter {
  #port

  constructor(port) {
    super()
    this.#port = port
    port.on("close", () => this.emit("close"))
  }

  postMessage(message, transfer = []) {
    if (!transfer.every((each) => each instanceof MessagePortMain)) throw new TypeError("Invalid value for transfer")
    this.#port.postMessage(message)
  }

  /** Messages are queued until this call. */
  start() {
    this.#port.on("message", (data) => this.emit("message", { data, ports: [] }))
  }

  close() {
    this.#port.close()
  }
}

/** A MessagePort as in pages: with DOM events, and without Node's. */
class PagePort {
  #port

  constructor(port) {
    this.#port = port
  }

  addEventListener(type, listener) {
    this.#port.addEventListener(type, listener)
  }

  removeEventListener(type, listener) {
    this.#port.removeEventListener(type, listener)
  }

  postMessage(message, transfer) {
    this.#port.postMessage(message, transfer)
  }

  start() {
    this.#port.start()
  }

  close() {
    this.#port.close()
  }
}

/** The second port already behaves as in the page to which it is posted. */
export function MessageChannelMain() {
  const { port1, port2 } = new MessageChannel()
  this.port1 = new MessagePortMain(port1)
  this.port2 = new PagePort(port2)
}

class UtilityProcess extends EventEmitter {
  #child

  constructor(program) {
    super()
    this.#child = fork(program, { serialization: "advanced", execArgv: [] })
    this.#child.on("message", (message) => this.emit("message", message))
    this.#child.on("exit", (code) => this.emit("exit", code))
  }

  postMessage(message, transfer = []) {
    if (transfer.length > 0) throw new TypeError("Only ports can be transferred")
    if (this.#child.connected) this.#child.send(message)
  }

  kill() {
    return this.#child.kill()
  }
}

export const utilityProcess = { fork: (program) => new UtilityProcess(program) }

/** `process.parentPort` of a utility process. Messages are queued until it has a listener. */
class ParentPort extends EventEmitter {
  on(event, listener) {
    super.on(event, listener)
    if (event === "message" && this.listenerCount("message") === 1) {
      process.on("message", (data) => this.emit("message", { data, ports: [] }))
    }
    return this
  }

  postMessage(message) {
    process.send(message)
  }
}

if (process.send !== undefined) process.parentPort = new ParentPort()
