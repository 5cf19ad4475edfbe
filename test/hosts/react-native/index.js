import { ask } from "./client.js"

globalThis.answer = ask("127.0.0.1", globalThis.port, "question")
