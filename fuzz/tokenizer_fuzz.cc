// Feeds the tokenizer and the splitter: their tokens lie in order inside the text.
#include "fuzz/sql_seeds.h"
#include "fuzz/target.h"
#include "sql/text/splitter.h"
#include "sql/text/tokenizer.h"

namespace spectradb::fuzz {

std::vector<std::string> seeds() { return sql_seeds(); }

void feed(std::string_view input) {
  size_t end = 0;
  for (const sql::Token& token : sql::tokenize(input)) {
    must(token.begin >= end && token.begin < token.end && token.end <= input.size(), "tokens lie in order");
    end = token.end;
    const std::string_view text = input.substr(token.begin, token.end - token.begin);
    must(sql::unquote(text).size() <= text.size(), "a name is not longer than its token");
  }
  const sql::Statement statement = sql::first_statement(input);
  must(statement.consumed <= input.size(), "a statement ends inside the text");
}

}  // namespace spectradb::fuzz
