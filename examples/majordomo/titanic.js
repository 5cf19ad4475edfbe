import { randomUUID } from "node:crypto"
import { readdir, readFile, rename, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { Client } from "./client.js"
import { Worker } from "./worker.js"

/** Status codes of the services (RFC 9). */
export const Status = { ok: "200", pending: "300", unknown: "400" }

/**
 * Three services at a Majordomo broker (RFC 9): `titanic.request` stores a request for another service and replies
 * with its number, `titanic.reply` returns the reply once it is available, and `titanic.close` deletes both. Everything is
 * stored in files of one folder, so that accepted requests survive this process.
 */
export class Titanic {
  endpoint
  folder
  #workers
  #clients = new Set()

  constructor(endpoint, folder) {
    this.endpoint = endpoint
    this.folder = folder
    this.#workers = [
      this.#offer("titanic.request", async (frames) => [Status.ok, await this.#store(frames)]),
      this.#offer("titanic.reply", ([id]) => this.#fetch(id.toString())),
      this.#offer("titanic.close", ([id]) => this.#close(id.toString())),
    ]
  }

  /** Resumes the requests of an earlier process. */
  async start() {
    const files = await readdir(this.folder)
    for (const file of files) {
      const [id, kind] = file.split(".")
      if (kind === "request" && !files.includes(`${id}.reply`)) void this.#deliver(id)
    }
  }

  stop() {
    for (const worker of this.#workers) worker.crash()
    for (const client of this.#clients) client.close()
  }

  #offer(name, answer) {
    return new Worker(this.endpoint, name, async function* (body) {
      return await answer(body)
    })
  }

  async #store(frames) {
    const id = randomUUID()
    await this.#write(`${id}.request`, frames)
    void this.#deliver(id)
    return id
  }

  async #fetch(id) {
    const reply = await this.#read(`${id}.reply`)
    if (reply !== undefined) return [Status.ok, ...reply]
    return [(await this.#read(`${id}.request`)) === undefined ? Status.unknown : Status.pending]
  }

  async #close(id) {
    if (!isId(id)) return [Status.unknown]
    for (const kind of ["request", "reply"]) await rm(join(this.folder, `${id}.${kind}`), { force: true })
    return [Status.ok]
  }

  /** Retries the request until the service replies. */
  async #deliver(id) {
    const [service, ...body] = await this.#read(`${id}.request`)
    const client = new Client(this.endpoint, { retries: Infinity })
    this.#clients.add(client)
    try {
      await this.#write(`${id}.reply`, await client.request(service.toString(), body))
    } catch {
      // Stopped. The next process resumes.
    } finally {
      client.close()
      this.#clients.delete(client)
    }
  }

  /** Writes atomically: the file contains the whole message or does not exist. */
  async #write(name, frames) {
    const path = join(this.folder, name)
    await writeFile(`${path}.new`, JSON.stringify(frames.map((frame) => frame.toString("base64"))), { flush: true })
    await rename(`${path}.new`, path)
  }

  async #read(name) {
    if (!isId(name.split(".")[0])) return undefined
    try {
      const frames = JSON.parse(await readFile(join(this.folder, name), "utf8"))
      return frames.map((frame) => Buffer.from(frame, "base64"))
    } catch (error) {
      if (error.code === "ENOENT") return undefined
      throw error
    }
  }
}

/** Validates an id from a client, which becomes part of a file name. */
function isId(text) {
  return /^[0-9a-f-]{36}$/.test(text)
}
