// graphology: breadth-first depths, Dijkstra's costs, weakly connected components and PageRank of 1,000 random graphs, each
// read as of its commit after all of them were written.
import { createRequire } from "node:module";
import { ask, below, same } from "./common.mjs";

const require = createRequire(import.meta.url);
const { DirectedGraph } = require("graphology");
const { singleSourceLength } = require("graphology-shortest-path/unweighted");
const dijkstra = require("graphology-shortest-path/dijkstra");
const { connectedComponents } = require("graphology-components");
const pagerank = require("graphology-metrics/centrality/pagerank");

const GRAPHS = 1000;
const graphs = [];
let sql = "CREATE TABLE edge (src INTEGER, dst INTEGER, w REAL, PRIMARY KEY (src, dst)) WITH SYSTEM VERSIONING;\n";
for (let i = 0; i < GRAPHS; ++i) {
  const graph = new DirectedGraph();
  const nodes = 2 + below(12);
  const rows = [];
  for (let edges = 1 + below(3 * nodes); edges > 0; --edges) {
    const [src, dst, weight] = [below(nodes), below(nodes), 1 + below(9)];
    graph.mergeNode(src);
    graph.mergeNode(dst);
    if (graph.hasEdge(src, dst)) continue;
    graph.addEdge(src, dst, { weight });
    rows.push(`(${src}, ${dst}, ${weight})`);
  }
  graphs.push(graph);
  sql += `BEGIN; DELETE FROM edge; INSERT INTO edge VALUES ${rows.join(", ")}; COMMIT;\n`;
}
const starts = graphs.map((graph) => graph.nodes()[below(graph.order)]);
const goals = graphs.map((graph) => graph.nodes()[below(graph.order)]);
graphs.forEach((graph, i) => {
  const times = `as_of = ${i + 1}`;
  sql += `SELECT json_object(
    'reach', (SELECT json_group_array(json_array(node, depth)) FROM (SELECT * FROM spectradb_reach('edge', ${starts[i]}) WHERE ${times} ORDER BY node)),
    'cost', (SELECT max(cost) FROM spectradb_path('edge', ${starts[i]}, ${goals[i]}, 'w') WHERE ${times}),
    'parts', (SELECT json_group_array(json_array(node, component, size)) FROM (SELECT * FROM spectradb_components('edge') WHERE ${times} ORDER BY node)),
    'ranks', (SELECT json_group_object(node, rank) FROM spectradb_pagerank('edge', 'w') WHERE ${times}));\n`;
});
const answers = ask(sql);
same(answers.length, GRAPHS, "answers");
let compared = 0;
graphs.forEach((graph, i) => {
  const order = (a, b) => a[0] - b[0];
  const depths = Object.entries(singleSourceLength(graph, starts[i])).map(([node, depth]) => [Number(node), depth]);
  same(answers[i].reach, depths.sort(order), `graph ${i}: reach from ${starts[i]}`);
  const way = dijkstra.bidirectional(graph, starts[i], goals[i], "weight");
  const cost = way && way.slice(1).reduce((sum, node, at) => sum + graph.getEdgeAttribute(way[at], node, "weight"), 0);
  same(answers[i].cost, cost, `graph ${i}: path from ${starts[i]} to ${goals[i]}`);
  const parts = connectedComponents(graph).flatMap((part) => {
    const least = Math.min(...part.map(Number));
    return part.map((node) => [Number(node), least, part.length]);
  });
  same(answers[i].parts, parts.sort(order), `graph ${i}: components`);
  const ranks = pagerank(graph, { tolerance: 1e-11, maxIterations: 2000, getEdgeWeight: "weight" });
  same(Object.keys(answers[i].ranks).sort(), Object.keys(ranks).sort(), `graph ${i}: ranked nodes`);
  for (const node in ranks) same(Math.abs(answers[i].ranks[node] - ranks[node]) < 1e-8, true, `graph ${i}: rank of ${node}`);
  compared += 3 + Object.keys(ranks).length;
});
console.log(`graphology: ${GRAPHS} graphs, ${compared} answers are the same`);
