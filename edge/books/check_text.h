// What the long check of a store found, as both parties' programs print it.
#ifndef CHANCERY_EDGE_BOOKS_CHECK_TEXT_H_
#define CHANCERY_EDGE_BOOKS_CHECK_TEXT_H_

#include <string>

#include "edge/output.h"
#include "engine/exchange/check_store.h"

namespace chancery::edge {

// Exit code 0 when the store is whole, else 1; each finding with its table, row and remedy.
Shown ShowCheck(const std::string& origin, const exchange::CheckReport& report);

}  // namespace chancery::edge

#endif  // CHANCERY_EDGE_BOOKS_CHECK_TEXT_H_
