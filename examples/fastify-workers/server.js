/**
 * A web service that does its heavy work in worker threads.
 * Usage: node server.js [port]
 */
import Fastify from "fastify"
import { Pool } from "./pool.js"

const [port = "8080"] = process.argv.slice(2)

const pool = await Pool.start(new URL("worker.js", import.meta.url))
const fastify = Fastify()

fastify.get("/primes/:limit", async ({ params }, response) => {
  const limit = Number(params.limit)
  if (!Number.isInteger(limit) || limit < 0 || limit > 10_000_000) {
    return response.code(400).send({ error: `Expected a whole number up to 10,000,000, got "${params.limit}"` })
  }
  try {
    return { limit, primes: JSON.parse(await pool.run(JSON.stringify(limit))) }
  } catch (error) {
    // Too many requests are waiting, or a worker took too long.
    if (error.code === "EBUSY" || error.code === "ETIMEDOUT")
      return response.code(503).send({ error: "Try again later" })
    throw error
  }
})

fastify.addHook("onClose", () => pool.close())
console.log(`Open ${await fastify.listen({ port: Number(port), host: "127.0.0.1" })}/primes/100000`)
process.once("SIGINT", () => fastify.close())
process.once("SIGTERM", () => fastify.close())
