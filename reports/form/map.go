package form

import "reflect"

// MapTexts returns a deep copy of v in which every text, at any depth, is replaced by f of it. Keys of maps stay. f is
// asked once for each of equal texts, of which reports have many.
func MapTexts[T any](v T, f func(string) string) T {
	known := map[string]string{}
	once := func(text string) string {
		other, ok := known[text]
		if !ok {
			other = f(text)
			known[text] = other
		}
		return other
	}
	in := reflect.ValueOf(&v).Elem()
	return mapValue(in, once).Interface().(T)
}

func mapValue(in reflect.Value, f func(string) string) reflect.Value {
	out := reflect.New(in.Type()).Elem()
	out.Set(in)
	switch in.Kind() {
	case reflect.String:
		out.SetString(f(in.String()))
	case reflect.Struct:
		for i := range in.NumField() {
			out.Field(i).Set(mapValue(in.Field(i), f))
		}
	case reflect.Interface:
		if !in.IsNil() {
			out.Set(mapValue(in.Elem(), f))
		}
	case reflect.Pointer:
		if !in.IsNil() {
			out.Set(reflect.New(in.Type().Elem()))
			out.Elem().Set(mapValue(in.Elem(), f))
		}
	case reflect.Slice:
		if !in.IsNil() {
			out.Set(reflect.MakeSlice(in.Type(), in.Len(), in.Len()))
			for i := range in.Len() {
				out.Index(i).Set(mapValue(in.Index(i), f))
			}
		}
	case reflect.Map:
		if !in.IsNil() {
			out.Set(reflect.MakeMapWithSize(in.Type(), in.Len()))
			for _, key := range in.MapKeys() {
				out.SetMapIndex(key, mapValue(in.MapIndex(key), f))
			}
		}
	}
	return out
}
