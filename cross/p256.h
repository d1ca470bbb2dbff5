// Goes before ring's p256-nistz.c: multiplies the generator as any other point, in the same constant time, and not by a
// table of 150 KB. That makes a signature and a key for an exchange three times slower on this curve.
#include <ring-core/base.h>
#include <stdint.h>

void p256_point_mul(uint64_t product[3][4], const uint64_t factor[4], const uint64_t x[4],
                    const uint64_t y[4]);

// The generator (SEC 2, section 2.4.2), times 2^256.
static const uint64_t generator_x[4] = {0x79e730d418a9143c, 0x75ba95fc5fedb601, 0x79fb732b77622510,
                                             0x18905f76a53755c6};
static const uint64_t generator_y[4] = {0xddf25357ce95560a, 0x8b4ab8e4ba19e45c, 0xd2e88688dd21f325,
                                             0x8571ff1825885d85};

void p256_point_mul_base(uint64_t product[3][4], const uint64_t factor[4]);
void p256_point_mul_base(uint64_t product[3][4], const uint64_t factor[4]) {
    p256_point_mul(product, factor, generator_x, generator_y);
}

void p256_point_mul_base_vartime(uint64_t product[3][4], const uint64_t factor[4]);
void p256_point_mul_base_vartime(uint64_t product[3][4], const uint64_t factor[4]) {
    p256_point_mul(product, factor, generator_x, generator_y);
}

// Those with the table get other names, and go with it at the link, for nothing calls them.
#undef p256_point_mul_base
#undef p256_point_mul_base_vartime
#define p256_point_mul_base p256_point_mul_base_by_table
#define p256_point_mul_base_vartime p256_point_mul_base_vartime_by_table
