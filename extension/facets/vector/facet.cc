// Vectors have columns, functions that make and change them, and distances between them.
#include "extension/facet/facet.h"

#include "extension/facets/vector/vector_column.h"
#include "extension/facets/vector/vector_functions.h"
#include "extension/facets/vector/vector_index.h"
#include "extension/facets/vector/vector_statement.h"

namespace spectradb::extension {

namespace {

using enum Help::Kind;

constexpr Help kVectorHelp[] = {
    {"VECTOR", kClause, "column VECTOR [(dimensions)]",
     "The type of a column that holds vectors: JSON arrays of numbers, or BLOBs of float32 or of what "
     "spectradb_vector_f16() and its like make. They are stored as given; others are refused.",
     "CREATE TABLE emb (doc INTEGER PRIMARY KEY, e VECTOR(2)) WITH SYSTEM VERSIONING; INSERT INTO emb VALUES "
     "(1, '[1, 0]'), (2, '[0.6, 0.8]');"},
    {"CREATE VECTOR INDEX", kStatement,
     "CREATE VECTOR INDEX name ON table (column) [PARTITION BY (column, …)] [WITH (metric = cosine | l2, "
     "effort = "
     "number)]",
     "Makes column MATCH vector fast. Rows of different values of the partition's columns, as of different "
     "models, "
     "are never compared.",
     "CREATE TABLE passages (id INTEGER PRIMARY KEY, e VECTOR(2)) WITH SYSTEM VERSIONING; CREATE VECTOR "
     "INDEX "
     "passages_e ON passages (e);"},
    {"_distance", kColumn, "SELECT _distance FROM table WHERE column MATCH vector ORDER BY _distance",
     "How far the row's vector is from what MATCH names; smaller is nearer.",
     "SELECT doc, _distance FROM emb WHERE e MATCH '[0, 1]' ORDER BY _distance LIMIT 1;"},
    {"_k", kColumn, "SELECT … FROM table WHERE column MATCH vector AND _k = n",
     "So many rows, the nearest, before other conditions; LIMIT comes behind them.",
     "SELECT doc FROM emb WHERE e MATCH '[0, 1]' AND _k = 1;"},
    {"_effort", kColumn, "SELECT … FROM table WHERE column MATCH vector AND _effort = (number | 'exact')",
     "How far a search in an index looks beyond the nearest rows that it knows: 1 finds nearly all, 'exact' "
     "compares all "
     "rows.",
     "SELECT doc FROM emb WHERE e MATCH '[0, 1]' AND _effort = 'exact' ORDER BY _distance;"},
    {"spectradb_vector", kFunction, "spectradb_vector(vector)",
     "A vector as a BLOB of float32, of a JSON array or of a vector with other elements.",
     "SELECT hex(spectradb_vector('[1, 0.5]'));"},
    {"spectradb_vector_f16", kFunction, "spectradb_vector_f16(vector)",
     "A vector as a BLOB of float16, half as large as one of float32.",
     "SELECT spectradb_vector_to_json(spectradb_vector_f16('[1, 0.1]'));"},
    {"spectradb_vector_i8", kFunction, "spectradb_vector_i8(vector)",
     "A vector as a BLOB of int8 with a scale, a quarter as large as one of float32.",
     "SELECT spectradb_vector_to_json(spectradb_vector_i8('[1, 0.1]'));"},
    {"spectradb_vector_bit", kFunction, "spectradb_vector_bit(vector)",
     "A vector as a BLOB of bits, 1 where an element is above 0.",
     "SELECT spectradb_vector_to_json(spectradb_vector_bit('[1, -0.1]'));"},
    {"spectradb_vector_to_json", kFunction, "spectradb_vector_to_json(vector)", "A vector as a JSON array.",
     "SELECT spectradb_vector_to_json(e) FROM emb;"},
    {"spectradb_vector_dims", kFunction, "spectradb_vector_dims(vector)", "How many elements a vector has.",
     "SELECT spectradb_vector_dims(e) FROM emb;"},
    {"spectradb_vector_normalize", kFunction, "spectradb_vector_normalize(vector)",
     "A vector of the same direction and of length 1, as a BLOB of float32; one of zeros stays one.",
     "SELECT spectradb_vector_to_json(spectradb_vector_normalize('[3, 4]'));"},
    {"spectradb_vector_add", kFunction, "spectradb_vector_add(vector, vector)",
     "The sum of two vectors, as a BLOB of float32.",
     "SELECT spectradb_vector_to_json(spectradb_vector_add('[1, 2]', '[3, 4]'));"},
    {"spectradb_vector_mean", kAggregate, "spectradb_vector_mean(vector)",
     "The mean of the vectors of a group, as a BLOB of float32; NULL counts for none.",
     "SELECT spectradb_vector_to_json(spectradb_vector_mean(e)) FROM emb;"},
    {"spectradb_distance", kFunction,
     "spectradb_distance(vector, vector [, 'cosine' | 'l2' | 'dot' | 'hamming'])",
     "How far two vectors are from each other, smaller being nearer; cosine where no metric is named, "
     "hamming of bits.",
     "SELECT doc FROM emb ORDER BY spectradb_distance(e, '[1, 1]') LIMIT 1;"},
    {"spectradb_distance_cosine", kFunction, "spectradb_distance_cosine(vector, vector)",
     "1 minus the cosine of the angle between two vectors: from 0 to 2, and 1 where one of them is all "
     "zeros.",
     "SELECT spectradb_distance_cosine('[1, 0]', '[0, 1]');"},
    {"spectradb_distance_l2", kFunction, "spectradb_distance_l2(vector, vector)",
     "The length of the difference of two vectors.", "SELECT spectradb_distance_l2('[1, 2]', '[4, 6]');"},
    {"spectradb_distance_dot", kFunction, "spectradb_distance_dot(vector, vector)",
     "The scalar product of two vectors, negative so that smaller is nearer.",
     "SELECT spectradb_distance_dot('[1, 2]', '[4, 6]');"},
    {"spectradb_distance_hamming", kFunction, "spectradb_distance_hamming(vector, vector)",
     "How many bits of two vectors of bits differ.",
     "SELECT spectradb_distance_hamming(spectradb_vector_bit('[1, -1]'), spectradb_vector_bit('[1, 1]'));"},
};

}  // namespace

const Facet& facet_vector() {
  static const ColumnType* const types[] = {&kVectorColumn};
  static const IndexKind* const kinds[] = {&kVectorIndex};
  static const sql::StatementForm* const forms[] = {&kVectorIndexForm};
  static const Facet facet{.name = "vector",
                           .functions = vector_functions(),
                           .help = kVectorHelp,
                           .index_kinds = kinds,
                           .column_types = types,
                           .statement_forms = forms};
  return facet;
}

}  // namespace spectradb::extension
