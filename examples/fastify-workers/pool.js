import { once } from "node:events"
import { availableParallelism } from "node:os"
import { Worker } from "node:worker_threads"
import { Requester } from "zmtp"

/** Worker threads that take requests in turn. */
export class Pool {
  #workers
  #requester

  constructor(workers, requester) {
    this.#workers = workers
    this.#requester = requester
  }

  /** Starts one worker per core; each binds an inproc:// endpoint of its own. */
  static async start(program, size = availableParallelism()) {
    const endpoints = Array.from({ length: size }, (_, index) => `inproc://worker-${index}`)
    const workers = endpoints.map((endpoint) => new Worker(program, { workerData: endpoint }))
    await Promise.all(workers.map((worker) => once(worker, "message"))) // all of them are ready
    // Each request goes to the next worker. Up to 1,000 requests wait here; above that, `request` rejects with EBUSY.
    return new Pool(workers, new Requester(endpoints, { maxQueued: 1000, timeout: 10_000, retries: 0 }))
  }

  /** Resolves to the reply of a worker. */
  async run(request) {
    const [reply] = await this.#requester.request(request)
    return reply
  }

  async close() {
    this.#requester.close()
    await Promise.all(this.#workers.map((worker) => worker.terminate()))
  }
}
