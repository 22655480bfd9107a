// allreduce.c - each rank adds a bit: only the sum of all has all bits.
// SPDX-License-Identifier: MIT
#include <mpi.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    int rank = 0, size = 0, length = 0, sum = 0, mine;
    char node[MPI_MAX_PROCESSOR_NAME];

    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    MPI_Get_processor_name(node, &length);
    mine = 1 << rank;
    MPI_Allreduce(&mine, &sum, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
    printf("rank %d of %d on %s: %s\n", rank, size, node,
           sum == (1 << size) - 1 ? "right" : "wrong");
    MPI_Finalize();
    return 0;
}
