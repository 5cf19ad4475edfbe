import { expect } from "chai"
import { concurrent } from "../support/concurrent.js"
import { runExample } from "../support/example.js"

describe("the examples of the guide's patterns", function () {
  this.timeout(100_000)
  const test = concurrent(6)

  test("ventilator collects the result of every task", async () => {
    expect(await runExample("ventilator", "20")).to.deep.equal([
      "20 tasks, 3 workers: the numbers below 2000 add up to 1999000",
    ])
  })

  test("weather sends each subscriber the cities that it has subscribed to", async () => {
    expect(await runExample("weather", "40")).to.deep.equal([
      "europe. 12.5 degrees on average, in europe.berlin and europe.lisbon",
      "asia.tokyo 20.0 degrees on average, in asia.tokyo",
    ])
  })

  test("request-reply-broker sends each client its own replies", async () => {
    expect(await runExample("request-reply-broker")).to.deep.equal(
      [55, 220, 495, 880].map((sum, index) => `client ${index + 1}: the squares add up to ${sum}`),
    )
  })

  test("lazy-pirate gets its replies from a server that loses requests and crashes, and gives up when the server is gone", async () => {
    expect(await runExample("lazy-pirate")).to.deep.equal([
      'client: answer to "hello"',
      "server: loses a request",
      'client: answer to "lose me"',
      "server: dies, and starts again",
      'client: answer to "kill me"',
      'client: answer to "bye"',
      "client: No reply within 100 ms, in 3 attempts",
    ])
  })

  test("simple-pirate completes every task although a worker crashes", async () => {
    const lines = await runExample("simple-pirate")
    expect(lines.filter((line) => line.endsWith(" is done"))).to.deep.equal(
      [1, 2, 3, 4, 5, 6].map((task) => `task ${task} is done`),
    )
    expect(lines.filter((line) => /^worker \d dies of task 3$/.test(line))).to.have.length(1)
  })

  test("paranoid-pirate gives up on a worker that hangs, and survives a restart of the queue", async () => {
    const lines = await runExample("paranoid-pirate")
    expect(lines.filter((line) => line.startsWith("client: "))).to.deep.equal(
      [1, 2, 3, 4, 5, 6, 7].map((task) => `client: task ${task} is done`),
    )
    const [, victim] = /^(worker \d): hangs$/m.exec(lines.join("\n"))!
    expect(lines).to.include(`queue: gives ${victim!} up`)
  })

  test("majordomo finds services by name, replaces a crashed worker, and forwards partial replies", async () => {
    expect(await runExample("majordomo")).to.deep.equal([
      "echo of hello",
      "a worker of echo dies",
      "echo of poison",
      "echo of bye",
      "count: 1, 2, 3, 4 and finally 5",
      "mmi.service echo: 200",
      "mmi.service coffee: 404",
    ])
  })

  test("titanic keeps a request until a worker is available, across a restart", async () => {
    expect(await runExample("majordomo/titanic-main.js")).to.deep.equal([
      "The request is stored; its client is gone.",
      "Titanic has started again.",
      "No worker yet: 300",
      "A worker has come: 200, echo of hello",
      "Closed: 400, 0 files are left.",
    ])
  })

  test("binary-star replies from whichever server is alive, and only from one", async () => {
    expect(await runExample("binary-star")).to.deep.equal([
      "Hello, says the primary",
      "The primary crashes.",
      "Hello again, says the backup",
      "The primary comes back.",
      "Still here, says the backup",
      "The backup crashes.",
      "Back again, says the primary",
    ])
  })

  test("freelance gets replies while one server hangs and one is down", async () => {
    expect(await runExample("freelance")).to.deep.equal([
      "in turn, who is there?: alive is",
      "at once, who is there?: alive is",
      "and now?: alive is",
    ])
  })

  test("clone synchronizes the state of the server and all clients, including a late one", async () => {
    expect(await runExample("clone", "200")).to.deep.equal(
      [1, 2, 3].map((client) => `client ${client}: 40 keys, the server's hash`),
    )
  })

  test("last-value-cache sends late subscribers the newest value", async () => {
    expect(await runExample("last-value-cache")).to.deep.equal([
      "Nothing more is published.",
      "fx.usd, heard late: 1.10",
      "fx.jpy, heard late: 161",
    ])
  })

  test("espresso shows a listener the traffic in both directions", async () => {
    expect(await runExample("espresso")).to.deep.equal([
      "subscriber: news of A",
      "subscriber: news of B",
      "subscriber: news of A",
      "listener: subscription to A",
      "listener: subscription to B",
      "listener: A | news of A",
      "listener: B | news of B",
      "listener: A | news of A",
    ])
  })
})
