/**
 * Counts the words of a folder's files with every kind of socket: tasks are sent over PUSH to workers in separate
 * processes, one of them using libzmq; results are collected over PULL; progress is published; and a REQ requests the
 * totals. Usage: `npm start [-- folder]`
 */
import { fork } from "node:child_process"
import { EventEmitter, once } from "node:events"
import { Push, Request, Subscriber } from "zmtp"
import { printTotals, ProgressBar } from "./report.js"
import { countWords, readFolder, tasksOf } from "./text.js"

const WORKERS = [
  { name: "zmtp 1", library: "zmtp" },
  { name: "zmtp 2", library: "zmtp" },
  { name: "zmtp 3", library: "zmtp" },
  { name: "libzmq", library: "libzmq" },
]

const children = []

function start(program) {
  const child = fork(new URL(program, import.meta.url))
  children.push(child)
  return child
}

/** Starts a worker. Returns false if the worker cannot run. */
async function startWorker(worker, ready) {
  const child = start("worker.js")
  child.send(worker)
  const failure = once(child, "message")
  const failed = await Promise.race([ready.then(() => undefined), failure.then(([{ failed }]) => failed)])
  if (failed !== undefined) console.log(`${worker.name} does not take part: ${failed}`)
  return failed === undefined
}

async function main(folder) {
  const files = await readFolder(folder)
  const tasks = files.flatMap(({ path, text }) => [...tasksOf(text)].map((task) => [path, task]))
  console.log(
    `${files.length.toLocaleString("en")} files in ${folder}, cut into ${tasks.length.toLocaleString("en")} tasks`,
  )

  const [sink] = await once(start("sink.js"), "message")
  const ventilator = new Push()
  const progress = new Subscriber()
  const question = new Request()
  try {
    await ventilator.bind("tcp://127.0.0.1:*")
    progress.connect(sink.progress)
    progress.subscribe("ready", "done")
    question.connect(sink.totals)

    const arrivals = new EventEmitter()
    const bar = new ProgressBar(tasks.length, process.stdout.isTTY)
    const drawn = follow(progress, (name) => arrivals.emit(name), bar)
    const endpoints = { tasks: ventilator.lastEndpoint, results: sink.results }
    const present = await Promise.all(
      WORKERS.map((worker) => startWorker({ ...worker, ...endpoints }, once(arrivals, worker.name))),
    )
    console.log(`${present.filter(Boolean).length} workers, each in a process of its own`)

    for (const task of tasks) await ventilator.send(task)
    await question.send(tasks.length)
    const [answer] = await question.receive()
    const totals = JSON.parse(answer.toString())
    progress.close()
    await drawn
    bar.show(tasks.length)
    printTotals(totals, files.length)
    return check(files, totals)
  } finally {
    for (const socket of [ventilator, progress, question]) socket.close()
  }
}

/** Receives which workers are ready, and the progress, until the socket closes. */
async function follow(progress, ready, bar) {
  for await (const [topic, detail] of progress) {
    if (topic.toString() === "ready") ready(detail.toString())
    else bar.show(Number(detail))
  }
}

/** Whether the totals match a plain count in this process. */
function check(files, totals) {
  const wrong = files.filter(({ path, text }) => (totals.words[path] ?? 0) !== countWords(text))
  for (const { path } of wrong) console.error(`${path}: counted ${totals.words[path] ?? 0} words, but it has others`)
  if (wrong.length === 0) console.log("The totals are those of a plain count in one process.")
  return wrong.length === 0
}

process.once("SIGINT", () => {
  for (const child of children) child.kill()
  process.exit(130)
})
try {
  process.exitCode = (await main(process.argv[2] ?? ".")) ? 0 : 1
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
} finally {
  for (const child of children) if (child.connected) child.disconnect()
}
