import { Router } from "zmtp"
import { CLIENT, ClientCommand, head, INTERVAL, PATIENCE, WORKER, WorkerCommand } from "./protocol.js"

/** Passes requests for services to the workers that offer them, over one socket for both sides. */
export class Broker {
  #socket = new Router({ linger: 0 })
  #services = new Map()
  #workers = new Map()
  #beat

  get endpoint() {
    return this.#socket.lastEndpoint
  }

  async start(endpoint = "tcp://127.0.0.1:*") {
    await this.#socket.bind(endpoint)
    void this.#run()
    this.#beat = setInterval(() => void this.#tick(), INTERVAL)
  }

  stop() {
    clearInterval(this.#beat)
    this.#socket.close()
  }

  async #run() {
    for await (const [peer, header, command, ...rest] of this.#socket) {
      if (header?.toString() === CLIENT) await this.#hearClient(peer, command?.[0], rest)
      else if (header?.toString() === WORKER) await this.#hearWorker(peer, command?.[0], rest)
      // Otherwise, it uses another protocol and is ignored.
    }
  }

  async #hearClient(client, command, [name, ...body]) {
    if (command !== ClientCommand.request || name === undefined) return
    const service = this.#service(name.toString())
    if (service.name.startsWith("mmi.")) {
      await this.#reply(client, ClientCommand.final, service.name, [this.#ownService(service.name, body)])
      return
    }
    service.requests.push({ client, body })
    await this.#dispatch(service)
  }

  async #hearWorker(id, command, rest) {
    const worker = this.#workers.get(id.toString("hex"))
    if (worker === undefined) {
      if (command === WorkerCommand.ready) await this.#admit(id, rest[0].toString())
      else if (command !== WorkerCommand.disconnect) await this.#dismiss(id)
      return
    }
    worker.lastHeard = performance.now()
    const [client, , ...body] = rest
    switch (command) {
      case WorkerCommand.heartbeat:
        return
      case WorkerCommand.partial:
        await this.#reply(client, ClientCommand.partial, worker.service.name, body)
        return
      case WorkerCommand.final:
        await this.#reply(client, ClientCommand.final, worker.service.name, body)
        worker.request = undefined
        worker.service.free.push(worker)
        await this.#dispatch(worker.service)
        return
      case WorkerCommand.disconnect:
        await this.#lose(worker)
        return
      default:
        // A second READY, or an invalid message.
        await this.#dismiss(id)
        await this.#lose(worker)
    }
  }

  async #admit(id, name) {
    const service = this.#service(name)
    const worker = { id, service, lastHeard: performance.now(), request: undefined }
    this.#workers.set(id.toString("hex"), worker)
    service.workers++
    service.free.push(worker)
    await this.#dispatch(service)
  }

  async #dismiss(id) {
    await this.#socket.send([id, ...head(WORKER, WorkerCommand.disconnect)])
  }

  /** Its request goes to the next worker. */
  async #lose(worker) {
    const { service, request } = worker
    this.#workers.delete(worker.id.toString("hex"))
    service.workers--
    const index = service.free.indexOf(worker)
    if (index >= 0) service.free.splice(index, 1)
    if (request !== undefined) service.requests.unshift(request)
    await this.#dispatch(service)
  }

  async #dispatch(service) {
    while (service.free.length > 0 && service.requests.length > 0) {
      const worker = service.free.shift()
      const request = service.requests.shift()
      worker.request = request
      await this.#socket.send([worker.id, ...head(WORKER, WorkerCommand.request), request.client, "", ...request.body])
    }
  }

  async #reply(client, command, service, body) {
    await this.#socket.send([client, ...head(CLIENT, command), service, ...body])
  }

  /** RFC 8: `mmi.service` reports whether a service exists. */
  #ownService(name, [subject]) {
    if (name !== "mmi.service") return "501"
    return (this.#services.get(subject?.toString() ?? "")?.workers ?? 0) > 0 ? "200" : "404"
  }

  #service(name) {
    let service = this.#services.get(name)
    if (service === undefined) {
      service = { name, requests: [], free: [], workers: 0 }
      this.#services.set(name, service)
    }
    return service
  }

  async #tick() {
    const now = performance.now()
    for (const worker of [...this.#workers.values()]) {
      if (now - worker.lastHeard > PATIENCE) await this.#lose(worker)
      else await this.#socket.send([worker.id, ...head(WORKER, WorkerCommand.heartbeat)])
    }
  }
}
