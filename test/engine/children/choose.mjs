/** `node choose.mjs DIST WANTED`: chooses an engine with a built copyloop, and prints which one and why, or why none. */
const [dist, wanted] = process.argv.slice(2)
const { chooseEngine } = await import(`${dist}/engine/choose-engine.js`)
try {
  const { engine, insteadBecause } = await chooseEngine(wanted)
  console.log(JSON.stringify({ engine: engine.name, insteadBecause }))
} catch (error) {
  console.log(JSON.stringify({ refusedBecause: error.message }))
}
