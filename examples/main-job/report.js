/** Width of the bar, in characters. */
const WIDTH = 40

/** A progress bar in a terminal; elsewhere, four lines, one for each quarter. */
export class ProgressBar {
  total
  terminal
  #quarter = 0

  constructor(total, terminal) {
    this.total = total
    this.terminal = terminal
  }

  show(done) {
    const share = this.total === 0 ? 1 : done / this.total
    const filled = Math.floor(share * WIDTH)
    const line = `${"█".repeat(filled)}${"░".repeat(WIDTH - filled)} ${String(Math.floor(share * 100)).padStart(3)} %`
    if (this.terminal) process.stdout.write(`\r${line}${done === this.total ? "\n" : ""}`)
    else {
      const quarter = Math.floor(share * 4)
      if (quarter > this.#quarter) console.log(line)
      this.#quarter = quarter
    }
  }
}

export function printTotals({ words, workers }, files) {
  const rows = workers.map(({ name, messages, words, duration }) => {
    return [name, messages.toLocaleString("en"), words.toLocaleString("en"), rate(messages, duration)]
  })
  const sum = (count) => workers.reduce((total, worker) => total + count(worker), 0)
  const messages = sum((worker) => worker.messages)
  const duration = Math.max(...workers.map((worker) => worker.duration))
  const total = ["all", messages.toLocaleString("en"), sum(({ words }) => words).toLocaleString("en")]
  table([["worker", "messages", "words", "messages/s"], ...rows, [...total, rate(messages, duration)]])
  console.log(
    `${files.toLocaleString("en")} files, ${Object.keys(words).length.toLocaleString("en")} of them with text`,
  )
}

function rate(messages, duration) {
  return duration > 0 ? Math.round((messages * 1000) / duration).toLocaleString("en") : "–"
}

function table(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)))
  for (const row of rows) {
    console.log(
      row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]))).join("  "),
    )
  }
}
