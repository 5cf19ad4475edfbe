import { Router, type Message } from "../../src/index.js"
import { CLIENT, ClientCommand, head, INTERVAL, PATIENCE, WORKER, WorkerCommand } from "./protocol.js"

interface Worker {
  readonly id: Message
  readonly service: Service
  lastHeard: number
  /** What it works on. */
  request: Request | undefined
}

interface Request {
  readonly client: Message
  readonly body: Message[]
}

interface Service {
  readonly name: string
  readonly requests: Request[]
  /** Those that have been free for the longest time first. */
  readonly free: Worker[]
  workers: number
}

/** Passes requests for services to workers that offer them; one socket for both sides. */
export class Broker {
  readonly #socket = new Router({ linger: 0 })
  readonly #services = new Map<string, Service>()
  readonly #workers = new Map<string, Worker>()
  #beat: NodeJS.Timeout | undefined

  get endpoint(): string {
    return this.#socket.lastEndpoint!
  }

  async start(endpoint = "tcp://127.0.0.1:*"): Promise<void> {
    await this.#socket.bind(endpoint)
    void this.#run()
    this.#beat = setInterval(() => void this.#tick(), INTERVAL)
  }

  stop(): void {
    clearInterval(this.#beat)
    this.#socket.close()
  }

  async #run(): Promise<void> {
    for await (const [peer, header, command, ...rest] of this.#socket) {
      if (header?.toString() === CLIENT) await this.#hearClient(peer!, command?.[0], rest)
      else if (header?.toString() === WORKER) await this.#hearWorker(peer!, command?.[0], rest)
      // Else it speaks something else, and is left alone.
    }
  }

  async #hearClient(client: Message, command: number | undefined, [name, ...body]: Message[]): Promise<void> {
    if (command !== ClientCommand.request || name === undefined) return
    const service = this.#service(name.toString())
    if (service.name.startsWith("mmi.")) {
      await this.#reply(client, ClientCommand.final, service.name, [this.#ownService(service.name, body)])
      return
    }
    service.requests.push({ client, body })
    await this.#dispatch(service)
  }

  async #hearWorker(id: Message, command: number | undefined, rest: Message[]): Promise<void> {
    const worker = this.#workers.get(id.toString("hex"))
    if (worker === undefined) {
      if (command === WorkerCommand.ready) await this.#admit(id, rest[0]!.toString())
      else if (command !== WorkerCommand.disconnect) await this.#dismiss(id)
      return
    }
    worker.lastHeard = performance.now()
    const [client, , ...body] = rest
    switch (command) {
      case WorkerCommand.heartbeat:
        return
      case WorkerCommand.partial:
        await this.#reply(client!, ClientCommand.partial, worker.service.name, body)
        return
      case WorkerCommand.final:
        await this.#reply(client!, ClientCommand.final, worker.service.name, body)
        worker.request = undefined
        worker.service.free.push(worker)
        await this.#dispatch(worker.service)
        return
      case WorkerCommand.disconnect:
        await this.#lose(worker)
        return
      default:
        // A second READY, or nonsense.
        await this.#dismiss(id)
        await this.#lose(worker)
    }
  }

  async #admit(id: Message, name: string): Promise<void> {
    const service = this.#service(name)
    const worker: Worker = { id, service, lastHeard: performance.now(), request: undefined }
    this.#workers.set(id.toString("hex"), worker)
    service.workers++
    service.free.push(worker)
    await this.#dispatch(service)
  }

  async #dismiss(id: Message): Promise<void> {
    await this.#socket.send([id, ...head(WORKER, WorkerCommand.disconnect)])
  }

  /** What it had to do is the next one's. */
  async #lose(worker: Worker): Promise<void> {
    const { service, request } = worker
    this.#workers.delete(worker.id.toString("hex"))
    service.workers--
    const index = service.free.indexOf(worker)
    if (index >= 0) service.free.splice(index, 1)
    if (request !== undefined) service.requests.unshift(request)
    await this.#dispatch(service)
  }

  async #dispatch(service: Service): Promise<void> {
    while (service.free.length > 0 && service.requests.length > 0) {
      const worker = service.free.shift()!
      const request = service.requests.shift()!
      worker.request = request
      await this.#socket.send([worker.id, ...head(WORKER, WorkerCommand.request), request.client, "", ...request.body])
    }
  }

  async #reply(client: Message, command: number, service: string, body: (Message | string)[]): Promise<void> {
    await this.#socket.send([client, ...head(CLIENT, command), service, ...body])
  }

  /** RFC 8: `mmi.service` tells whether there is a service. */
  #ownService(name: string, [subject]: Message[]): string {
    if (name !== "mmi.service") return "501"
    return (this.#services.get(subject?.toString() ?? "")?.workers ?? 0) > 0 ? "200" : "404"
  }

  #service(name: string): Service {
    let service = this.#services.get(name)
    if (service === undefined) {
      service = { name, requests: [], free: [], workers: 0 }
      this.#services.set(name, service)
    }
    return service
  }

  async #tick(): Promise<void> {
    const now = performance.now()
    for (const worker of [...this.#workers.values()]) {
      if (now - worker.lastHeard > PATIENCE) await this.#lose(worker)
      else await this.#socket.send([worker.id, ...head(WORKER, WorkerCommand.heartbeat)])
    }
  }
}
