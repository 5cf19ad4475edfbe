/**
 * Sends tasks to workers in Python and prints their results.
 * Usage: node main.js [tasks endpoint] [results endpoint]
 */
import { Pull, Push } from "zmtp"

const [tasksEndpoint = "tcp://127.0.0.1:5557", resultsEndpoint = "tcp://127.0.0.1:5558"] = process.argv.slice(2)

const tasks = new Push()
const results = new Pull()
await tasks.bind(tasksEndpoint)
await results.bind(resultsEndpoint)
console.log(`waiting for workers: python3 worker.py ${tasks.lastEndpoint} ${results.lastEndpoint}`)
await tasks.peersReady(1)

const texts = ["Hello, Python", "ZeroMQ", "äöü"]
for (const text of texts) await tasks.send(JSON.stringify({ text }))
for (let received = 0; received < texts.length; received++) {
  const [json] = await results.receive()
  const { text, length, worker } = JSON.parse(json)
  console.log(`${text}: ${length} characters, counted by ${worker}`)
}
tasks.close()
results.close()
