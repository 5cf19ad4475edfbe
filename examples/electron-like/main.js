/**
 * How the parts of a desktop application communicate, with plain Node instead of Electron: a main process, windows in
 * separate processes (over ipc), and a worker thread that keeps the main process responsive (over inproc). The library is
 * plain JavaScript, so it needs no rebuild for Electron.
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

// Forward messages of the thread to all windows.
const progress = new Pull()
await progress.bind("inproc://progress")
void (async () => {
  for await (const [share] of progress) await news.send(["progress", share])
})()

const thread = new Worker(new URL("worker.js", import.meta.url))
const counter = new Requester("inproc://counter", { timeout: -1 })

const windows = WINDOWS.map((name) => fork(new URL("window.js", import.meta.url), [name, folder]))
const exits = windows.map((window) => once(window, "exit"))
await news.peersReady(WINDOWS.length, { topic: "progress" }) // so that none of them misses any progress

// The main process only forwards messages, so it stays responsive while the thread computes.
void reply(requests, ([what, ...rest]) => (what.toString() === "count" ? counter.request(rest) : "main is free"))

await Promise.all(exits)
for (const socket of [requests, news, progress, counter]) socket.close()
await thread.terminate()
await rm(folder, { recursive: true })
