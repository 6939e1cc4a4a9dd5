"""What Numba does not write by itself: vector loads and stores, and the sums of a thread's tile in one go.

Numba does not merge scalar accesses, so `load` and `store` emit a vector type with its alignment: `ld.global.v4.f32`
where an array lies in global memory, `ld.shared.v4.f32` in shared memory. `index` counts elements of a 1-D array; it
must be a multiple of the number of neighbours and not negative, and the array must start on 16 bytes.

A thread's tile is one tuple: 64 variables of their own would cost Numba ten seconds of analysis. LLVM takes it apart
into registers again.
"""

from ._driver import SIMULATED

if SIMULATED:
    align_shared = where = None  # nothing to align; and the simulator tells kernels alone what block they are

    def reader(count, band=0, apart=0):
        """The function `load(array, index)`: a tuple of `count` elements, in bands whose starts are `apart`."""
        band = band or count
        starts = [i * apart for i in range(count // band)]

        def load(array, index):
            return tuple(x for start in starts for x in array[index + start : index + start + band])

        return load

    def writer(count):
        """The procedure `store(array, index, values)`."""

        def store(array, index, values):
            array[index : index + count] = values

        return store

    def filler(count):
        """The function `fill(value)`: a tuple of `count` of it."""
        return lambda value: (value,) * count

    def quotient(j, magic, shift):
        """Return j // n, see `_operands.divider`."""
        return j * magic >> shift

    def multiply(c, u, v):
        """Add the products of two tuples to the tile `c`, which lies in rows."""
        return tuple(c[i * len(v) + j] + x * y for i, x in enumerate(u) for j, y in enumerate(v))

else:
    from llvmlite import ir
    from numba import types
    from numba.core import cgutils
    from numba.cuda.extending import intrinsic

    LANE = ir.IntType(32)
    SHARED = 3  # the address space

    def neighbours(context, builder, kind, array, index, count):
        """The pointer to `count` neighbours, and its alignment in bytes."""
        element = context.get_data_type(kind.dtype)
        start = context.make_array(kind)(context, builder, array).data
        pointer = builder.gep(start, [index], inbounds=True)
        target = ir.VectorType(element, count) if count > 1 else element
        return builder.bitcast(pointer, target.as_pointer()), context.get_abi_sizeof(element) * count

    def reader(count, band=0, apart=0):
        """The function `load(array, index)`: a tuple of `count` elements, in bands whose starts are `apart`."""
        band = band or count

        @intrinsic
        def load(typing, array, index):
            def generate(context, builder, signature, args):
                parts = []
                for i in range(count // band):
                    at = builder.add(args[1], ir.Constant(args[1].type, i * apart), flags=("nsw",))
                    pointer, align = neighbours(context, builder, signature.args[0], args[0], at, band)
                    read = builder.load(pointer, align=align)
                    lanes = (ir.Constant(LANE, lane) for lane in range(band))
                    parts += [builder.extract_element(read, lane) for lane in lanes] if band > 1 else [read]
                return context.make_tuple(builder, signature.return_type, parts)

            return types.UniTuple(array.dtype, count)(array, index), generate

        return load

    def writer(count):
        """The procedure `store(array, index, values)`."""

        @intrinsic
        def store(typing, array, index, values):
            def generate(context, builder, signature, args):
                kind, packed = signature.args[0], args[2]
                pointer, align = neighbours(context, builder, kind, *args[:2], count)
                parts = [builder.extract_value(packed, i) for i in range(count)]
                if count > 1:
                    vector = ir.VectorType(context.get_data_type(kind.dtype), count)(ir.Undefined)
                    for lane, part in enumerate(parts):
                        vector = builder.insert_element(vector, part, ir.Constant(LANE, lane))
                    parts = [vector]
                builder.store(parts[0], pointer, align=align)

            return types.void(array, index, types.UniTuple(array.dtype, count)), generate

        return store

    def filler(count):
        """The function `fill(value)`: a tuple of `count` of it."""

        @intrinsic
        def fill(typing, value):
            def generate(context, builder, signature, args):
                return context.make_tuple(builder, signature.return_type, [args[0]] * count)

            return types.UniTuple(value, count)(value), generate

        return fill

    @intrinsic
    def align_shared(typing):
        """Let the arrays in shared memory that were made before start on 16 bytes; for Numba one element is enough."""

        def generate(context, builder, signature, args):
            for variable in builder.module.global_values:
                if getattr(variable, "addrspace", 0) == SHARED:
                    variable.align = 16
            return context.get_dummy_value()

        return types.void(), generate

    @intrinsic
    def where(typing):
        """Return the indices of the block and of the thread in it, asking anew: nothing is kept in registers for it."""

        def generate(context, builder, signature, args):
            read = ir.FunctionType(LANE, [])
            names = ("ctaid", "tid")
            parts = [builder.asm(read, f"mov.u32 $0, %{name}.x;", "=r", [], side_effect=True) for name in names]
            return context.make_tuple(builder, signature.return_type, parts)

        return types.UniTuple(types.uint32, 2)(), generate

    @intrinsic
    def quotient(typing, j, magic, shift):
        """Return j // n as int32, see `_operands.divider`: one product of two words, and a shift."""

        def generate(context, builder, signature, args):
            words = [builder.trunc(x, LANE) if x.type.width > 32 else x for x in args[:2]]
            j, magic = (builder.zext(x, ir.IntType(64)) for x in words)
            return builder.trunc(builder.lshr(builder.mul(j, magic), args[2]), LANE)

        return types.int32(j, magic, types.int64), generate

    @intrinsic
    def multiply(typing, c, u, v):
        """Add the products of two tuples of floats to the tile `c`, which lies in rows; each is one fused operation."""

        def generate(context, builder, signature, args):
            c, u, v = (cgutils.unpack_tuple(builder, x) for x in args)
            sums = [builder.fma(x, y, c[i * len(v) + j]) for i, x in enumerate(u) for j, y in enumerate(v)]
            return context.make_tuple(builder, signature.return_type, sums)

        return c(c, u, v), generate


loads = {count: reader(count) for count in (1, 2, 4)}
stores = {count: writer(count) for count in (1, 2, 4)}
