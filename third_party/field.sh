# shellcheck shell=bash
# Sourced by those who read recipes.
# SPDX-License-Identifier: MIT

# field NAME FIELD: one field of a library's recipe.
field() (
    # shellcheck source=/dev/null
    . "$(dirname "${BASH_SOURCE[0]}")/$1/recipe"
    echo "${!2}"
)
