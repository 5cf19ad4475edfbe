/**
 * How the parts of a desktop application talk, with plain Node in the place of Electron: a main process, windows in
 * processes of their own (over ipc), and a worker thread that keeps the main process free (over inproc). Being plain
 * JavaScript, the library needs no rebuild for Electron.
 * Usage: node main.js
 */
import { fork } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Worker } from "node:worker_threads"
import { Publisher, Pull, reply, Requester, Router } from "zmtp"

const WINDOWS = ["window 1", "window 2"]

const folder = await mkdtemp(join(tmpdir(), "electron-like-"))
const requests = new Router()
await requests.bind(`ipc://${folder}/requests`)
const news = new Publisher()
await news.bind(`ipc://${folder}/news`)

// What the thread tells goes to all windows.
const progress = new Pull()
await progress.bind("inproc://progress")
void (async () => {
  for await (const [share] of progress) await news.send(["progress", share])
})()

const thread = new Worker(new URL("worker.js", import.meta.url))
const counter = new Requester("inproc://counter", { timeout: -1 })

const windows = WINDOWS.map((name) => fork(new URL("window.js", import.meta.url), [name, folder]))
const exits = windows.map((window) => once(window, "exit"))
await news.peersReady(WINDOWS.length, { topic: "progress" }) // each of them sees all of the progress

// The main process only passes on: it answers at once, whatever the thread has to do.
void reply(requests, ([what, ...rest]) => (what.toString() === "count" ? counter.request(rest) : "main is free"))

await Promise.all(exits)
for (const socket of [requests, news, progress, counter]) socket.close()
await thread.terminate()
await rm(folder, { recursive: true })
